// One private endpoint, with its name in its zone.

param location string

@description('Name of the endpoint.')
param name string

param tags object

@description('What it leads to.')
param serviceId string

@description('Which part of it: Sql, blob, queue, table, vault or postgresqlServer.')
param group string

param subnetId string

@description('The zone that the private name is in.')
param zoneId string

resource endpoint 'Microsoft.Network/privateEndpoints@2025-05-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    subnet: { id: subnetId }
    privateLinkServiceConnections: [
      { name: name, properties: { privateLinkServiceId: serviceId, groupIds: [group] } }
    ]
  }
}

resource zones 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2025-05-01' = {
  parent: endpoint
  name: 'default'
  properties: {
    privateDnsZoneConfigs: [{ name: group, properties: { privateDnsZoneId: zoneId } }]
  }
}
