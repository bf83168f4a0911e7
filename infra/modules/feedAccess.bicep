// What one identity may do in the feed, container by container.

@description('Name of the account.')
param accountName string

@description('Who.')
param principalId string

@description('For each container the role: append, amend, follow or lease.')
param access object

resource account 'Microsoft.DocumentDB/databaseAccounts@2025-04-15' existing = {
  name: accountName
}

resource assignment 'Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments@2025-04-15' = [
  for item in items(access): {
    parent: account
    name: guid(account.id, principalId, item.key)
    properties: {
      principalId: principalId
      roleDefinitionId: '${account.id}/sqlRoleDefinitions/${guid(account.id, item.value)}'
      scope: '${account.id}/dbs/crossdock/colls/${item.key}'
    }
  }
]
