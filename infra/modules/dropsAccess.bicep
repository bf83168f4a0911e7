// What one app may do in the storage account of the drops: its own container, its own two queues, the bytes of letters.

param accountName string

@description('Name of the app, which is its container and the start of its queues.')
param appName string

@description('Who.')
param principalId string

@description('The container that holds the bytes of dead letters, and the role that writes and reads them.')
param letterBytesContainer string
param keeperRoleId string

// Storage Blob Data Contributor: the app writes answers and states beside the files, and removes states.
var blobContributor = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'ba92f5b4-2d11-453d-a403-e96b0029c9fe')

// Storage Queue Data Contributor. Message Processor would not do: the host gives a failed message back by updating it,
// which is a write, and the app puts a message back that is to come again later.
var queueContributor = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '974c5e8b-45b9-4653-ba55-5f855dd0fb88')

resource account 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: accountName
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2025-06-01' existing = {
  parent: account
  name: 'default'
}

resource queues 'Microsoft.Storage/storageAccounts/queueServices@2025-06-01' existing = {
  parent: account
  name: 'default'
}

resource files 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-06-01' existing = {
  parent: blobs
  name: appName
}

resource letterBytes 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-06-01' existing = {
  parent: blobs
  name: letterBytesContainer
}

resource queue 'Microsoft.Storage/storageAccounts/queueServices/queues@2025-06-01' existing = {
  parent: queues
  name: '${appName}-drops'
}

resource poison 'Microsoft.Storage/storageAccounts/queueServices/queues@2025-06-01' existing = {
  parent: queues
  name: '${appName}-drops-poison'
}

resource ofFiles 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(files.id, principalId, blobContributor)
  scope: files
  properties: { principalId: principalId, principalType: 'ServicePrincipal', roleDefinitionId: blobContributor }
}

resource ofLetterBytes 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(letterBytes.id, principalId, keeperRoleId)
  scope: letterBytes
  properties: { principalId: principalId, principalType: 'ServicePrincipal', roleDefinitionId: keeperRoleId }
}

resource ofQueue 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(queue.id, principalId, queueContributor)
  scope: queue
  properties: { principalId: principalId, principalType: 'ServicePrincipal', roleDefinitionId: queueContributor }
}

resource ofPoison 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(poison.id, principalId, queueContributor)
  scope: poison
  properties: { principalId: principalId, principalType: 'ServicePrincipal', roleDefinitionId: queueContributor }
}
