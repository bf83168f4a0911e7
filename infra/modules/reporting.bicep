// The reporting store: PostgreSQL that only identities of the directory sign in to. Principals, tables and grants are made
// by infra/scripts/database.sh, since Azure has no resource for them.

param location string

@description('Name of the server; part of its host name, so unique in Azure.')
param serverName string

param tags object

@description('Who signs in as administrator: object id, name and type (User, Group or ServicePrincipal).')
param administrator object

@description('Size: name, tier, and storage in GB.')
param size object

@description('Days that backups reach back.')
@minValue(7)
@maxValue(35)
param backupRetentionDays int

@description('A second server in another zone that takes over.')
param isHighlyAvailable bool

@description('Refuse deletion of the server.')
param isProtected bool

@description('Reachable through private endpoints alone.')
param isPrivate bool

param workspaceId string

resource server 'Microsoft.DBforPostgreSQL/flexibleServers@2025-08-01' = {
  name: serverName
  location: location
  tags: tags
  sku: { name: size.name, tier: size.tier }
  properties: {
    version: '17'
    authConfig: { activeDirectoryAuth: 'Enabled', passwordAuth: 'Disabled', tenantId: tenant().tenantId }
    storage: { storageSizeGB: size.storageGb, autoGrow: 'Enabled' }
    backup: { backupRetentionDays: backupRetentionDays, geoRedundantBackup: 'Disabled' }
    highAvailability: { mode: isHighlyAvailable ? 'ZoneRedundant' : 'Disabled' }
    network: { publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled' }
  }
}

resource database 'Microsoft.DBforPostgreSQL/flexibleServers/databases@2025-08-01' = {
  parent: server
  name: 'crossdock'
  properties: { charset: 'UTF8', collation: 'en_US.utf8' }
}

resource entraAdministrator 'Microsoft.DBforPostgreSQL/flexibleServers/administrators@2025-08-01' = {
  parent: server
  name: administrator.objectId
  properties: {
    principalName: administrator.name
    principalType: administrator.type
    tenantId: tenant().tenantId
  }
  // The server takes one change at a time.
  dependsOn: [database]
}

// The addresses that Flex Consumption calls from are not known, so without a private network all of Azure may knock; who
// is let in is decided by the directory.
resource fromAzure 'Microsoft.DBforPostgreSQL/flexibleServers/firewallRules@2025-08-01' = if (!isPrivate) {
  parent: server
  name: 'azure'
  properties: { startIpAddress: '0.0.0.0', endIpAddress: '0.0.0.0' }
  dependsOn: [entraAdministrator]
}

resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'workspace'
  scope: server
  properties: {
    workspaceId: workspaceId
    logs: [{ category: 'PostgreSQLLogs', enabled: true }]
  }
}

resource lock 'Microsoft.Authorization/locks@2020-05-01' = if (isProtected) {
  name: 'keep'
  scope: server
  properties: {
    level: 'CanNotDelete'
    notes: 'Holds the reports.'
  }
}

@description('Host name of the server.')
output host string = server.properties.fullyQualifiedDomainName

output serverId string = server.id

output serverName string = server.name
