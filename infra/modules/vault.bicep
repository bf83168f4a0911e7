// The secrets of one app. One vault each, so that an app's right to read secrets reaches no secret of another app.
// infra/scripts/secrets.sh fills it.

param location string

@description('Name of the vault; part of its URL, so unique in Azure.')
@minLength(3)
@maxLength(24)
param name string

param tags object

@description('The app that reads.')
param principalId string

@description('Who fills it and rotates: object id and type (User, Group or ServicePrincipal).')
param keeper object

@description('A deleted vault or secret cannot be purged before its time.')
param isProtected bool

@description('Reachable through private endpoints alone.')
param isPrivate bool

param workspaceId string

// Key Vault Secrets User, and Key Vault Secrets Officer.
var secretsUser = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '4633458b-17de-408a-b874-0445c86b69e6')
var secretsOfficer = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'b86a8fe4-44ce-4948-aee5-eccb2c155cd7')

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    enableSoftDelete: true
    softDeleteRetentionInDays: 90
    // Cannot be switched off again, hence null and not false.
    enablePurgeProtection: isProtected ? true : null
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
    networkAcls: { bypass: 'AzureServices', defaultAction: isPrivate ? 'Deny' : 'Allow' }
  }
}

resource reads 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(vault.id, principalId, secretsUser)
  scope: vault
  properties: { principalId: principalId, principalType: 'ServicePrincipal', roleDefinitionId: secretsUser }
}

resource keeps 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(vault.id, keeper.objectId, secretsOfficer)
  scope: vault
  properties: {
    principalId: keeper.objectId
    principalType: keeper.type
    roleDefinitionId: secretsOfficer
  }
}

resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'workspace'
  scope: vault
  properties: {
    workspaceId: workspaceId
    logs: [{ category: 'AuditEvent', enabled: true }]
  }
}

@description('Where secrets are: the start of a reference to one.')
output secretsUri string = '${vault.properties.vaultUri}secrets/'

output id string = vault.id

output name string = vault.name
