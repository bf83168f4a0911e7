// What Crossdock needs in Azure. So far: the feed. Apps, reporting store, monitoring and network join it with their issue.

targetScope = 'resourceGroup'

@description('Where everything lies.')
param location string = resourceGroup().location

@description('Short name of the environment, such as dev or prod.')
@minLength(2)
@maxLength(8)
param environmentName string

@description('How long the feed keeps a record, in seconds; -1 for ever.')
param feedRetentionSeconds int = -1

var suffix = uniqueString(resourceGroup().id, environmentName)

module feed 'modules/feed.bicep' = {
  name: 'feed'
  params: {
    location: location
    accountName: 'crossdock-${environmentName}-${suffix}'
    feedRetentionSeconds: feedRetentionSeconds
  }
}

@description('Value of the app setting FEED__accountEndpoint of every app.')
output feedEndpoint string = feed.outputs.accountEndpoint
