// The environment dev, and what `azd up` deploys: small, public, without protection against deletion.

using 'main.bicep'

param environmentName = readEnvironmentVariable('AZURE_ENV_NAME', 'dev')
param location = readEnvironmentVariable('AZURE_LOCATION', 'westeurope')

param operator = {
  objectId: readEnvironmentVariable('AZURE_PRINCIPAL_ID', '00000000-0000-0000-0000-000000000000')
  name: readEnvironmentVariable('CROSSDOCK_OPERATOR_NAME', 'operator')
  type: readEnvironmentVariable('AZURE_PRINCIPAL_TYPE', 'User')
}
param repository = readEnvironmentVariable('CROSSDOCK_REPOSITORY', '')

param isProtected = false
param isPrivate = false
param isAlwaysReady = false
param isZoneRedundant = false

param feedThroughputMax = 1000
param feedBackupTier = 'Continuous7Days'
param reportingSize = { name: 'Standard_B1ms', tier: 'Burstable', storageGb: 32 }
param reportingBackupDays = 7
param telemetryDays = 30
param telemetryDailyGb = 1

// Replace these by your own systems. An app whose required settings are missing says so in its log and does not start.
param settings = {
  orders: {
    ORDERS_API_URL: 'https://api.businesscentral.dynamics.com/v2.0/sandbox/api/v2.0'
    ORDERS_COMPANY: 'CRONUS'
    ORDERS_COMPANY_ID: '11111111-2222-3333-4444-555555555555'
    ORDERS_SCHEDULE: '0 */2 * * * *'
  }
  warehouse: {
    WAREHOUSE_SITES: 'DC3=America/New_York,DC1=America/Chicago'
  }
  carrier: {
    CARRIER_PARTNERS: '[{"sender":"*","zone":"America/New_York","currency":"USD"}]'
  }
  telematics: {
    TELEMATICS_SCHEDULE: '0 * * * * *'
  }
}
param storedSecrets = {
  telematics: ['TELEMATICS_SAMSARA_TOKEN']
}
