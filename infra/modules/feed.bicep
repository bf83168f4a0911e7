// The feed: one Cosmos DB account with the containers that the apps expect. Names and partition keys are part of the
// stored data and of the code (crates/feed); the emulator makes the same ones.

@description('Where the account lies.')
param location string

@description('Name of the account; part of its endpoint, so unique in Azure.')
@minLength(3)
@maxLength(44)
param accountName string

param tags object

@description('Upper bound of the throughput that all containers share and scale to by themselves, in request units per second.')
@minValue(1000)
param throughputMax int

@description('How long the feed keeps a record, in seconds; -1 for ever. A rebuild of the reports reaches as deep as the feed.')
param retentionSeconds int

@description('Spread over the zones of the region.')
param isZoneRedundant bool

@description('How far back the account can be restored to.')
@allowed(['Continuous7Days', 'Continuous30Days'])
param backupTier string

@description('Refuse deletion of the account.')
param isProtected bool

@description('Reachable through private endpoints alone.')
param isPrivate bool

@description('Where its logs go.')
param workspaceId string

var databaseName = 'crossdock'

// Webhook ids need to be known for as long as senders repeat a delivery they believe lost.
var receiptSeconds = 24 * 60 * 60

// What is never queried is not indexed: an index is paid for with each write. `cargo xtask tidy` compares these paths
// with the queries of crates/feed.
var indexedPaths = {
  records: ['/partition/?', '/entity/?', '/source/?', '/body/source_id/?', '/version/?']
  'dead-letters': [
    '/partition/?'
    '/schema/?'
    '/listed_as/?'
    '/app/?'
    '/source/?'
    '/reason/?'
    '/field_path/?'
    '/at/?'
    '/app_version/?'
    '/record_key/?'
    '/message_id/?'
    '/correlation_id/?'
    '/fingerprint/?'
    '/status/state/?'
  ]
  'dead-letter-bytes': []
  operations: ['/partition/?', '/kind/?', '/listed_as/?', '/app/?']
  checkpoints: []
  receipts: []
  leases: ['/*']
}

var containers = [
  { name: 'records', partitionKey: '/partition', ttl: retentionSeconds }
  { name: 'dead-letters', partitionKey: '/partition', ttl: -1 }
  { name: 'dead-letter-bytes', partitionKey: '/partition', ttl: -1 }
  { name: 'operations', partitionKey: '/partition', ttl: -1 }
  { name: 'checkpoints', partitionKey: '/id', ttl: -1 }
  { name: 'receipts', partitionKey: '/id', ttl: receiptSeconds }
  { name: 'leases', partitionKey: '/id', ttl: -1 }
]

// What an identity may do in a container. None but `lease` holds `delete`: no app can lose a record or a letter.
var itemActions = 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers/items'
var query = 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers/executeQuery'
var changeFeed = 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers/readChangeFeed'
var metadata = 'Microsoft.DocumentDB/databaseAccounts/readMetadata'
var roles = {
  append: [metadata, query, '${itemActions}/read', '${itemActions}/create']
  amend: [metadata, query, '${itemActions}/read', '${itemActions}/create', '${itemActions}/replace']
  follow: [metadata, query, changeFeed, '${itemActions}/read', '${itemActions}/create']
  lease: [metadata, query, changeFeed, '${itemActions}/*']
}

resource account 'Microsoft.DocumentDB/databaseAccounts@2025-04-15' = {
  name: accountName
  location: location
  tags: tags
  kind: 'GlobalDocumentDB'
  properties: {
    databaseAccountOfferType: 'Standard'
    // Managed identities only: there is no key to leak.
    disableLocalAuth: true
    disableKeyBasedMetadataWriteAccess: true
    minimalTlsVersion: 'Tls12'
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
    consistencyPolicy: { defaultConsistencyLevel: 'Session' }
    locations: [{ locationName: location, failoverPriority: 0, isZoneRedundant: isZoneRedundant }]
    backupPolicy: { type: 'Continuous', continuousModeProperties: { tier: backupTier } }
  }
}

resource database 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases@2025-04-15' = {
  parent: account
  name: databaseName
  properties: {
    resource: { id: databaseName }
    options: { autoscaleSettings: { maxThroughput: throughputMax } }
  }
}

resource container 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers@2025-04-15' = [
  for item in containers: {
    parent: database
    name: item.name
    properties: {
      resource: {
        id: item.name
        partitionKey: { paths: [item.partitionKey], kind: 'Hash', version: 2 }
        defaultTtl: item.ttl
        indexingPolicy: {
          automatic: true
          indexingMode: 'consistent'
          includedPaths: map(indexedPaths[item.name], path => { path: path })
          excludedPaths: contains(indexedPaths[item.name], '/*') ? [] : [{ path: '/*' }]
        }
      }
    }
  }
]

resource role 'Microsoft.DocumentDB/databaseAccounts/sqlRoleDefinitions@2025-04-15' = [
  for item in items(roles): {
    parent: account
    name: guid(account.id, item.key)
    properties: {
      roleName: 'crossdock ${item.key}'
      type: 'CustomRole'
      assignableScopes: [account.id]
      permissions: [{ dataActions: item.value }]
    }
  }
]

resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'workspace'
  scope: account
  properties: {
    workspaceId: workspaceId
    // Who changed the account. Requests for data would cost more than the data.
    logs: [{ category: 'ControlPlaneRequests', enabled: true }]
  }
}

resource lock 'Microsoft.Authorization/locks@2020-05-01' = if (isProtected) {
  name: 'keep'
  scope: account
  properties: {
    level: 'CanNotDelete'
    notes: 'Holds every record and every dead letter.'
  }
}

@description('Value of the app setting FEED__accountEndpoint.')
output accountEndpoint string = account.properties.documentEndpoint

@description('Name of the account, for role assignments.')
output accountName string = account.name

@description('The account, for private endpoints and alerts.')
output accountId string = account.id
