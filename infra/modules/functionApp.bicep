// One function app on a plan of its own, with a storage account of its own for host and package. Called once for each
// entry of `apps` in main.bicep.

param location string

@description('The entry of the app.')
param app object

@description('Name of the function app; part of its host name, so unique in Azure.')
@maxLength(60)
param functionAppName string

@description('Name of the storage account of its host.')
@minLength(3)
@maxLength(24)
param hostStorageName string

param tags object

@description('The identity: id, clientId, principalId.')
param identity object

@description('Settings of the environment for this app, by the names that its entry lists under `given`.')
param given object

@description('Settings that come from other modules: the endpoints.')
param wired object

@description('Start of a reference to a secret of the app; empty where it has none.')
param secretsUri string

@description('Secrets of `optionalSecrets` that the vault holds in this environment.')
param storedSecrets array

@description('Name of the Application Insights component.')
param componentName string

@description('Keeps the instances that the entry lists under `alwaysReady` warm.')
param isAlwaysReady bool

@description('The subnet that the app calls out of; empty without a private network.')
param subnetId string

// Each in the storage account of this app alone: Storage Blob Data Owner, as the host asks for, and Storage Table Data
// Contributor for its diagnostic events.
var blobOwner = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b')
var tableContributor = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3')
var metricsPublisher = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '3913510d-42f4-4e42-8a64-420c390055eb')

// The container that the platform runs the app from, and the one where deployments keep what has proved good.
var packageContainer = 'package'
var keptContainer = 'kept-packages'

var isPrivate = !empty(subnetId)

resource component 'Microsoft.Insights/components@2020-02-02' existing = {
  name: componentName
}

resource hostStorage 'Microsoft.Storage/storageAccounts@2025-06-01' = {
  name: hostStorageName
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: 'Standard_LRS' }
  properties: {
    allowBlobPublicAccess: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
    networkAcls: { bypass: 'AzureServices', defaultAction: isPrivate ? 'Deny' : 'Allow' }
  }
}

resource hostBlobs 'Microsoft.Storage/storageAccounts/blobServices@2025-06-01' = {
  parent: hostStorage
  name: 'default'
}

resource packages 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-06-01' = [
  for name in [packageContainer, keptContainer]: {
    parent: hostBlobs
    name: name
    properties: { publicAccess: 'None' }
  }
]

resource storageRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in [blobOwner, tableContributor]: {
    name: guid(hostStorage.id, identity.principalId, role)
    scope: hostStorage
    properties: { principalId: identity.principalId, principalType: 'ServicePrincipal', roleDefinitionId: role }
  }
]

resource telemetryRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(component.id, identity.principalId, metricsPublisher)
  scope: component
  properties: {
    principalId: identity.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: metricsPublisher
  }
}

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: 'plan-${functionAppName}'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: { reserved: true }
}

// What the host reads.
var hostSettings = {
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identity.clientId
  AzureWebJobsStorage__blobServiceUri: hostStorage.properties.primaryEndpoints.blob
  AzureWebJobsStorage__queueServiceUri: hostStorage.properties.primaryEndpoints.queue
  AzureWebJobsStorage__tableServiceUri: hostStorage.properties.primaryEndpoints.table
  APPLICATIONINSIGHTS_CONNECTION_STRING: component.properties.ConnectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identity.clientId};Authorization=AAD'
}

// A connection is an endpoint, which comes from other modules, and who we are there.
var connectionSettings = reduce(
  app.connections,
  {},
  (all, connection) => union(all, {
    '${connection}__credential': 'managedidentity'
    '${connection}__clientId': identity.clientId
  })
)

var givenSettings = toObject(filter(app.given, name => contains(given, name)), name => name, name => string(given[name]))

var secretNames = concat(app.secrets, filter(app.optionalSecrets, name => contains(storedSecrets, name)))

// `FEED__sealKeys` is the secret `feed-sealkeys`. Without a version, so that a rotated secret is read within a day.
var secretSettings = toObject(
  secretNames,
  name => name,
  name => '@Microsoft.KeyVault(SecretUri=${secretsUri}${toLower(replace(replace(name, '__', '-'), '_', '-'))})'
)

resource site 'Microsoft.Web/sites@2025-03-01' = {
  name: functionAppName
  location: location
  tags: union(tags, { 'crossdock-app': app.name })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identity.id}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    keyVaultReferenceIdentity: identity.id
    virtualNetworkSubnetId: isPrivate ? subnetId : null
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${hostStorage.properties.primaryEndpoints.blob}${packageContainer}'
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identity.id
          }
        }
      }
      runtime: { name: 'custom', version: '1.0' }
      scaleAndConcurrency: {
        instanceMemoryMB: app.memoryMb
        maximumInstanceCount: app.instancesMax
        alwaysReady: isAlwaysReady ? app.alwaysReady : []
      }
    }
    siteConfig: {
      minTlsVersion: '1.2'
      ftpsState: 'Disabled'
      http20Enabled: true
    }
  }
  dependsOn: [packages, storageRole, telemetryRole]
}

// Publishing is signed in to with the directory, never with a password.
resource basicPublishing 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2025-03-01' = {
  parent: site
  name: 'scm'
  properties: { allow: false }
}

resource settings 'Microsoft.Web/sites/config@2025-03-01' = {
  parent: site
  name: 'appsettings'
  properties: union(hostSettings, connectionSettings, wired, app.settings, givenSettings, secretSettings)
}

output name string = site.name

output url string = 'https://${site.properties.defaultHostName}'

output hostStorageId string = hostStorage.id

output hostStorageName string = hostStorage.name

@description('The container where deployments keep what has proved good.')
output keptContainer string = keptContainer
