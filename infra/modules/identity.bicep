// Who one app is. Made before the app, so that its rights are there when it starts.

param location string

param name string

param tags object

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: name
  location: location
  tags: tags
}

output id string = identity.id

output name string = identity.name

output clientId string = identity.properties.clientId

output principalId string = identity.properties.principalId
