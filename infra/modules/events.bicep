// A file that is dropped becomes a message in the queue of its app.

param location string

param suffix string

param tags object

@description('The storage account that files are dropped into.')
param accountName string

@description('For each app that reads files: name, and the folders that it writes itself, which are nothing to take in.')
param sources array

@description('The container for events that could not be delivered.')
param undeliveredContainer string

// What senders call a file while they write it. Every other name goes to the app: one that it does not know becomes a dead
// letter, whereas one that is filtered out here would be lost without a word.
var unfinishedEndings = ['.filepart', '.part', '.tmp']

// Storage Queue Data Message Sender, and Storage Blob Data Contributor.
var messageSender = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'c6a89b2d-59bc-44d0-9896-0f6e12d7b80a')
var blobContributor = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'ba92f5b4-2d11-453d-a403-e96b0029c9fe')

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

resource queue 'Microsoft.Storage/storageAccounts/queueServices/queues@2025-06-01' existing = [
  for source in sources: {
    parent: queues
    name: '${source.name}-drops'
  }
]

resource undelivered 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-06-01' existing = {
  parent: blobs
  name: undeliveredContainer
}

resource messenger 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: 'id-crossdock-events-${suffix}'
  location: location
  tags: tags
}

resource sends 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (source, index) in sources: {
    name: guid(account.id, source.name, messenger.id, messageSender)
    scope: queue[index]
    properties: {
      principalId: messenger.properties.principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: messageSender
    }
  }
]

resource keeps 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(undelivered.id, messenger.id, blobContributor)
  scope: undelivered
  properties: {
    principalId: messenger.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: blobContributor
  }
}

resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' = {
  name: 'evgt-crossdock-${suffix}'
  location: location
  tags: tags
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${messenger.id}': {} }
  }
  properties: {
    source: account.id
    topicType: 'Microsoft.Storage.StorageAccounts'
  }
}

resource subscription 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2025-02-15' = [
  for source in sources: {
    parent: topic
    name: source.name
    properties: {
      deliveryWithResourceIdentity: {
        identity: { type: 'UserAssigned', userAssignedIdentity: messenger.id }
        destination: {
          endpointType: 'StorageQueue'
          properties: {
            resourceId: account.id
            queueName: '${source.name}-drops'
            // A message is never dropped for its age.
            queueMessageTimeToLiveInSeconds: -1
          }
        }
      }
      deadLetterWithResourceIdentity: {
        identity: { type: 'UserAssigned', userAssignedIdentity: messenger.id }
        deadLetterDestination: {
          endpointType: 'StorageBlob'
          properties: { resourceId: account.id, blobContainerName: undeliveredContainer }
        }
      }
      eventDeliverySchema: 'EventGridSchema'
      retryPolicy: { maxDeliveryAttempts: 30, eventTimeToLiveInMinutes: 1440 }
      filter: {
        includedEventTypes: ['Microsoft.Storage.BlobCreated']
        subjectBeginsWith: '/blobServices/default/containers/${source.name}/blobs/'
        isSubjectCaseSensitive: false
        advancedFilters: [
          {
            operatorType: 'StringNotContains'
            key: 'subject'
            values: map(source.ownFolders, folder => '/blobs/${folder}')
          }
          { operatorType: 'StringNotEndsWith', key: 'subject', values: unfinishedEndings }
        ]
      }
    }
    dependsOn: [sends, keeps]
  }
]

@description('The topic, for alerts.')
output topicId string = topic.id
