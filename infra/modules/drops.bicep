// The storage account that files are dropped into: a container and two queues for each app that reads files.

param location string

@description('Name of the account; part of its endpoints, so unique in Azure.')
@minLength(3)
@maxLength(24)
param accountName string

param tags object

@description('The apps that read files.')
param appNames array

@description('Copies: Standard_LRS in one place, Standard_ZRS in three zones.')
param skuName string

@description('Reachable through private endpoints, for the services of Azure, and from senderAddresses.')
param isPrivate bool

@description('Addresses or ranges that files come from, where the account is private.')
param senderAddresses array

@description('Refuse deletion of the account.')
param isProtected bool

@description('Days for which a deleted or overwritten blob can be brought back.')
param softDeleteDays int

param workspaceId string

// The bytes of dead letters that are too many for a document. Apps may write and read them; nobody may delete them, and
// no lifecycle rule may touch them.
var letterBytes = 'dead-letter-bytes'

// Where Event Grid puts events that it could not deliver.
var undelivered = 'undelivered-events'

resource account 'Microsoft.Storage/storageAccounts@2025-06-01' = {
  name: accountName
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: skuName }
  properties: {
    allowBlobPublicAccess: false
    // Managed identities only: there is no key to leak.
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    // Not 'Disabled' where private: Event Grid comes as a service of Azure, and senders from the listed addresses.
    publicNetworkAccess: 'Enabled'
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: isPrivate ? 'Deny' : 'Allow'
      ipRules: map(senderAddresses, address => { value: address, action: 'Allow' })
    }
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2025-06-01' = {
  parent: account
  name: 'default'
  properties: {
    deleteRetentionPolicy: { enabled: true, days: softDeleteDays }
    containerDeleteRetentionPolicy: { enabled: true, days: softDeleteDays }
  }
}

resource container 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-06-01' = [
  for name in concat(appNames, [letterBytes, undelivered]): {
    parent: blobs
    name: name
    properties: { publicAccess: 'None' }
  }
]

resource queues 'Microsoft.Storage/storageAccounts/queueServices@2025-06-01' = {
  parent: account
  name: 'default'
}

resource queue 'Microsoft.Storage/storageAccounts/queueServices/queues@2025-06-01' = [
  for name in flatten(map(appNames, app => ['${app}-drops', '${app}-drops-poison'])): {
    parent: queues
    name: name
  }
]

// Contributor without delete: what is kept of a dead letter is kept for ever.
resource keeper 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(account.id, letterBytes)
  properties: {
    roleName: 'Crossdock letter bytes (${accountName})'
    description: 'Writes and reads the bytes of dead letters, and cannot delete them.'
    type: 'CustomRole'
    assignableScopes: [resourceGroup().id]
    permissions: [
      {
        actions: []
        dataActions: [
          'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read'
          'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write'
          'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/add/action'
        ]
      }
    ]
  }
}

resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'workspace'
  scope: blobs
  properties: {
    workspaceId: workspaceId
    logs: [{ category: 'StorageDelete', enabled: true }]
  }
}

resource lock 'Microsoft.Authorization/locks@2020-05-01' = if (isProtected) {
  name: 'keep'
  scope: account
  properties: {
    level: 'CanNotDelete'
    notes: 'Holds the files as they came and the bytes of dead letters.'
  }
}

output accountName string = account.name

output accountId string = account.id

@description('Value of DROPS__blobServiceUri.')
output blobServiceUri string = account.properties.primaryEndpoints.blob

@description('Value of DROPS__queueServiceUri.')
output queueServiceUri string = account.properties.primaryEndpoints.queue

@description('The container that holds the bytes of dead letters.')
output letterBytesContainer string = letterBytes

@description('The role that writes and reads them.')
output keeperRoleId string = keeper.id

@description('The container of events that could not be delivered.')
output undeliveredContainer string = undelivered
