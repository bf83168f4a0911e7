// Who the deploy workflow is: an identity that GitHub signs in as, without a secret, and that may publish the apps.

param location string

param name string

param tags object

@description('The repository, as owner/name, and the environment that the workflow runs in.')
param repository string
param environmentName string

@description('Names of the function apps.')
param functionAppNames array

@description('Names of their storage accounts, and the container of kept packages.')
param hostStorageNames array
param keptContainer string

// Website Contributor, and Storage Blob Data Contributor.
var websiteContributor = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'de139f84-1756-47ae-9be6-808fbbe84772')
var blobContributor = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'ba92f5b4-2d11-453d-a403-e96b0029c9fe')

resource deployer 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: name
  location: location
  tags: tags
}

resource federation 'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials@2024-11-30' = {
  parent: deployer
  name: 'github'
  properties: {
    issuer: 'https://token.actions.githubusercontent.com'
    subject: 'repo:${repository}:environment:${environmentName}'
    audiences: ['api://AzureADTokenExchange']
  }
}

resource site 'Microsoft.Web/sites@2025-03-01' existing = [
  for functionAppName in functionAppNames: {
    name: functionAppName
  }
]

resource kept 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-06-01' existing = [
  for hostStorageName in hostStorageNames: {
    name: '${hostStorageName}/default/${keptContainer}'
  }
]

resource publishes 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (functionAppName, index) in functionAppNames: {
    name: guid(resourceGroup().id, functionAppName, deployer.id, websiteContributor)
    scope: site[index]
    properties: {
      principalId: deployer.properties.principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: websiteContributor
    }
  }
]

resource keepsPackages 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (hostStorageName, index) in hostStorageNames: {
    name: guid(resourceGroup().id, hostStorageName, deployer.id, blobContributor)
    scope: kept[index]
    properties: {
      principalId: deployer.properties.principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: blobContributor
    }
  }
]

@description('The client id that the workflow signs in with.')
output clientId string = deployer.properties.clientId
