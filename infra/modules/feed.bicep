// The feed: one Cosmos DB account with the containers that the apps expect. Names and partition keys are part of the
// stored data and of the code (crates/feed); the emulator makes the same ones.

@description('Where the account lies.')
param location string

@description('Name of the account; part of its endpoint, so unique in Azure.')
@minLength(3)
@maxLength(44)
param accountName string

@description('Upper bound of the throughput that each busy container scales to by itself, in request units per second.')
@minValue(1000)
param throughputMax int = 4000

@description('How long the feed keeps a record, in seconds; -1 for ever. A rebuild of the reports reaches as deep as the feed.')
param feedRetentionSeconds int = -1

var databaseName = 'crossdock'

// Webhook ids need to be known for as long as senders repeat a delivery they believe lost.
var receiptSeconds = 24 * 60 * 60

// What is never queried is not indexed: an index is paid for with each write.
var indexedPaths = {
  records: ['/entity/?', '/source/?', '/body/source_id/?', '/_ts/?']
  'dead-letters': ['/*']
  'dead-letter-bytes': []
  operations: ['/kind/?', '/listed_as/?', '/app/?']
  checkpoints: []
  receipts: []
  leases: ['/*']
}

var containers = [
  { name: 'records', partitionKey: '/partition', ttl: feedRetentionSeconds }
  { name: 'dead-letters', partitionKey: '/partition', ttl: -1 }
  { name: 'dead-letter-bytes', partitionKey: '/partition', ttl: -1 }
  { name: 'operations', partitionKey: '/partition', ttl: -1 }
  { name: 'checkpoints', partitionKey: '/id', ttl: -1 }
  { name: 'receipts', partitionKey: '/id', ttl: receiptSeconds }
  { name: 'leases', partitionKey: '/id', ttl: -1 }
]

resource account 'Microsoft.DocumentDB/databaseAccounts@2025-04-15' = {
  name: accountName
  location: location
  kind: 'GlobalDocumentDB'
  properties: {
    databaseAccountOfferType: 'Standard'
    // Managed identities only: there is no key to leak.
    disableLocalAuth: true
    minimalTlsVersion: 'Tls12'
    consistencyPolicy: { defaultConsistencyLevel: 'Session' }
    locations: [{ locationName: location, failoverPriority: 0, isZoneRedundant: false }]
    backupPolicy: { type: 'Continuous', continuousModeProperties: { tier: 'Continuous7Days' } }
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

@description('Value of the app setting FEED__accountEndpoint.')
output accountEndpoint string = account.properties.documentEndpoint

@description('Name of the account, for role assignments.')
output accountName string = account.name
