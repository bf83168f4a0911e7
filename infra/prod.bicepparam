// The environment prod: private, protected against deletion, spread over zones, warm where seconds count.

using 'main.bicep'

param environmentName = 'prod'
param location = readEnvironmentVariable('AZURE_LOCATION', 'westeurope')

// A group of the directory, so that people come and go without a deployment.
param operator = {
  objectId: readEnvironmentVariable('CROSSDOCK_OPERATOR_ID')
  name: readEnvironmentVariable('CROSSDOCK_OPERATOR_NAME')
  type: 'Group'
}
param repository = readEnvironmentVariable('CROSSDOCK_REPOSITORY')
param alertReceivers = split(readEnvironmentVariable('CROSSDOCK_ALERT_RECEIVERS'), ',')

param isProtected = true
param isPrivate = true
param isAlwaysReady = true
param isZoneRedundant = true

param feedThroughputMax = 10000
param feedBackupTier = 'Continuous30Days'
param reportingSize = { name: 'Standard_D2ds_v5', tier: 'GeneralPurpose', storageGb: 128 }
param reportingBackupDays = 35
param telemetryDays = 90
param telemetryDailyGb = -1

param settings = {
  orders: {
    ORDERS_API_URL: readEnvironmentVariable('CROSSDOCK_ORDERS_API_URL')
    ORDERS_COMPANY: readEnvironmentVariable('CROSSDOCK_ORDERS_COMPANY')
    ORDERS_COMPANY_ID: readEnvironmentVariable('CROSSDOCK_ORDERS_COMPANY_ID')
    ORDERS_SCHEDULE: '0 */2 * * * *'
  }
  warehouse: {
    WAREHOUSE_SITES: readEnvironmentVariable('CROSSDOCK_WAREHOUSE_SITES')
  }
  carrier: {
    CARRIER_PARTNERS: readEnvironmentVariable('CROSSDOCK_CARRIER_PARTNERS')
  }
  telematics: {
    TELEMATICS_SCHEDULE: '0 * * * * *'
    TELEMATICS_GEOTAB_DATABASE: readEnvironmentVariable('CROSSDOCK_GEOTAB_DATABASE')
    TELEMATICS_GEOTAB_USER: readEnvironmentVariable('CROSSDOCK_GEOTAB_USER')
  }
}
param storedSecrets = {
  telematics: ['TELEMATICS_SAMSARA_TOKEN', 'TELEMATICS_GEOTAB_PASSWORD']
  visibility: ['VISIBILITY_SUBSCRIPTIONS', 'VISIBILITY_WEBHOOK_SECRETS']
}
