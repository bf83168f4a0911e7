// Logs, traces and metrics: one workspace, one Application Insights component that only identities may write to.

@description('Where it lies.')
param location string

@description('Part of each name.')
param suffix string

param tags object

@description('How long telemetry is kept, in days.')
@minValue(30)
@maxValue(730)
param retentionDays int

@description('Most that is taken in each day, in GB; -1 for no bound. Beyond it telemetry is dropped, never data.')
param dailyQuotaGb int

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-07-01' = {
  name: 'log-crossdock-${suffix}'
  location: location
  tags: tags
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: retentionDays
    workspaceCapping: { dailyQuotaGb: dailyQuotaGb }
  }
}

resource component 'Microsoft.Insights/components@2020-02-02' = {
  name: 'appi-crossdock-${suffix}'
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspace.id
    IngestionMode: 'LogAnalytics'
    // Hosts and handlers write with their identities; the key in the connection string opens nothing.
    DisableLocalAuth: true
  }
}

@description('Name of the component, for role assignments.')
output componentName string = component.name

@description('Value of APPLICATIONINSIGHTS_CONNECTION_STRING.')
output connectionString string = component.properties.ConnectionString

@description('The workspace that diagnostic settings write to.')
output workspaceId string = workspace.id
