// What Crossdock needs in Azure: one resource group with monitoring, feed, reporting store, drops, and one function app
// for each entry of `apps`. README.md beside this file says how to get from an empty subscription to the first record.

targetScope = 'subscription'

@description('Short name of the environment, such as dev or prod; part of the name of everything.')
@minLength(2)
@maxLength(8)
param environmentName string

@description('Where everything lies. Flex Consumption and zones are not in every region.')
param location string

@description('The group that everything is in.')
param resourceGroupName string = 'rg-crossdock-${environmentName}'

@description('For each app the values of what its entry lists under `given`, by name.')
param settings object

@description('For each app the names of those of its `optionalSecrets` that are stored in its vault.')
param storedSecrets object = {}

@description('Who administers the reporting store and fills the vaults: objectId, name, and type (User, Group or ServicePrincipal).')
param operator object

@description('The repository whose deploy workflow may publish, as owner/name; empty for none.')
param repository string = ''

@description('Refuse deletion of feed, reporting store, drops and secrets.')
param isProtected bool

@description('Private endpoints for everything that holds data or secrets; the function apps themselves stay reachable for webhooks.')
param isPrivate bool

@description('Range of the private network.')
param networkPrefix string = '10.40.0.0/16'

@description('Addresses or ranges that files are dropped from, where the network is private.')
param senderAddresses array = []

@description('Keep instances warm where an app answers others or where seconds count.')
param isAlwaysReady bool

@description('Spread feed, drops and reporting store over the zones of the region.')
param isZoneRedundant bool

@description('Upper bound of the feed\'s throughput, in request units per second; a tenth of it is the least.')
@minValue(1000)
param feedThroughputMax int

@description('How long the feed keeps a record, in seconds; -1 for ever. A rebuild of the reports reaches as deep as the feed.')
param feedRetentionSeconds int = -1

@description('How far back the feed can be restored to.')
@allowed(['Continuous7Days', 'Continuous30Days'])
param feedBackupTier string

@description('Size of the reporting store: name, tier, storageGb.')
param reportingSize object

@description('Days that backups of the reporting store reach back.')
param reportingBackupDays int

@description('How long telemetry is kept, in days, and the most that is taken in each day, in GB; -1 for no bound.')
param telemetryDays int
param telemetryDailyGb int

@description('Addresses of mail that alerts go to.')
param alertReceivers array = []

// What every app may do in the feed: publish records, bury letters and keep their bytes, and what people do with letters.
var ingests = {
  records: 'append'
  'dead-letters': 'amend'
  'dead-letter-bytes': 'append'
  operations: 'amend'
}

// Every app once. `cargo xtask tidy` compares it with functions/<app>, what each config.rs reads and
// docs/configuration.md:
//   connections      connections of its function.json files
//   feed             what it may do in each container of the feed
//   ownFolders       of an app that reads files: the folders of its container that it writes itself; others have null
//   settings         settings that are the same in every environment
//   given            settings that an environment may or must give a value, in its parameter file
//   wired            settings that other modules know
//   secrets          settings that are references to its vault
//   optionalSecrets  likewise, where `storedSecrets` says that they are stored
var apps = [
  {
    name: 'orders'
    memoryMb: 512
    instancesMax: 40
    alwaysReady: []
    connections: ['FEED']
    feed: union(ingests, { checkpoints: 'amend' })
    ownFolders: null
    settings: {}
    given: [
      'ORDERS_API_URL'
      'ORDERS_COMPANY'
      'ORDERS_COMPANY_ID'
      'ORDERS_CURSOR'
      'ORDERS_OVERLAP_SECONDS'
      'ORDERS_PAGE_SIZE'
      'ORDERS_SCHEDULE'
      'ORDERS_START'
      'ORDERS_TIME_BUDGET_SECONDS'
      'LOG_FILTER'
    ]
    wired: ['FEED__accountEndpoint']
    secrets: ['FEED__sealKeys']
    optionalSecrets: []
  }
  {
    name: 'warehouse'
    memoryMb: 2048
    instancesMax: 40
    alwaysReady: []
    connections: ['FEED', 'DROPS']
    feed: union(ingests, { checkpoints: 'amend' })
    ownFolders: ['stock-state/']
    settings: {}
    given: [
      'WAREHOUSE_PARTIAL_WAIT_SECONDS'
      'WAREHOUSE_SITES'
      'WAREHOUSE_TIME_BUDGET_SECONDS'
      'WAREHOUSE_TRAILER'
      'WAREHOUSE_UNITS'
      'LOG_FILTER'
    ]
    wired: ['FEED__accountEndpoint', 'DROPS__blobServiceUri', 'DROPS__queueServiceUri']
    secrets: ['FEED__sealKeys']
    optionalSecrets: []
  }
  {
    name: 'transport'
    memoryMb: 512
    instancesMax: 40
    alwaysReady: [{ name: 'http', instanceCount: 1 }]
    connections: ['FEED']
    feed: union(ingests, { receipts: 'append' })
    ownFolders: null
    settings: {}
    given: ['LOG_FILTER']
    wired: ['FEED__accountEndpoint']
    secrets: ['FEED__sealKeys', 'TRANSPORT_WEBHOOK_SECRETS']
    optionalSecrets: []
  }
  {
    name: 'carrier'
    memoryMb: 2048
    instancesMax: 40
    alwaysReady: []
    connections: ['FEED', 'DROPS']
    feed: union(ingests, { checkpoints: 'amend' })
    ownFolders: ['out/']
    settings: {}
    given: ['CARRIER_PARTNERS', 'LOG_FILTER']
    wired: ['FEED__accountEndpoint', 'DROPS__blobServiceUri', 'DROPS__queueServiceUri']
    secrets: ['FEED__sealKeys']
    optionalSecrets: []
  }
  {
    name: 'telematics'
    memoryMb: 512
    instancesMax: 40
    alwaysReady: []
    connections: ['FEED']
    feed: union(ingests, { checkpoints: 'amend' })
    ownFolders: null
    settings: {}
    given: [
      'TELEMATICS_GEOTAB_DATABASE'
      'TELEMATICS_GEOTAB_RESULTS_LIMIT'
      'TELEMATICS_GEOTAB_URL'
      'TELEMATICS_GEOTAB_USER'
      'TELEMATICS_SAMSARA_URL'
      'TELEMATICS_SCHEDULE'
      'TELEMATICS_START'
      'TELEMATICS_STREAMS'
      'TELEMATICS_TIME_BUDGET_SECONDS'
      'LOG_FILTER'
    ]
    wired: ['FEED__accountEndpoint']
    secrets: ['FEED__sealKeys']
    optionalSecrets: ['TELEMATICS_GEOTAB_PASSWORD', 'TELEMATICS_SAMSARA_TOKEN']
  }
  {
    name: 'visibility'
    memoryMb: 512
    instancesMax: 40
    alwaysReady: [{ name: 'http', instanceCount: 1 }]
    connections: ['FEED']
    feed: union(ingests, { checkpoints: 'amend' })
    ownFolders: null
    settings: {}
    given: ['VISIBILITY_EVENTS_URL', 'LOG_FILTER']
    wired: ['FEED__accountEndpoint']
    secrets: ['FEED__sealKeys', 'VISIBILITY_BEARER_KEYS']
    optionalSecrets: ['VISIBILITY_EVENTS_TOKEN', 'VISIBILITY_SUBSCRIPTIONS', 'VISIBILITY_WEBHOOK_SECRETS']
  }
  {
    name: 'consolidator'
    memoryMb: 2048
    instancesMax: 40
    alwaysReady: [{ name: 'function:consolidate', instanceCount: 1 }]
    connections: ['FEED']
    feed: union(ingests, { records: 'follow', leases: 'lease' })
    ownFolders: null
    settings: {}
    given: ['LOG_FILTER']
    wired: ['FEED__accountEndpoint', 'REPORTING_URL']
    secrets: ['FEED__sealKeys']
    optionalSecrets: []
  }
]

var tags = { 'azd-env-name': environmentName, system: 'crossdock' }
var unique = uniqueString(subscription().id, resourceGroupName)
var suffix = '${environmentName}-${take(unique, 6)}'
var fileApps = filter(apps, app => app.ownFolders != null)

resource group 'Microsoft.Resources/resourceGroups@2024-03-01' = {
  name: resourceGroupName
  location: location
  tags: tags
}

module monitoring 'modules/monitoring.bicep' = {
  scope: group
  name: 'monitoring'
  params: {
    location: location
    suffix: suffix
    tags: tags
    retentionDays: telemetryDays
    dailyQuotaGb: telemetryDailyGb
  }
}

module network 'modules/network.bicep' = if (isPrivate) {
  scope: group
  name: 'network'
  params: {
    location: location
    suffix: suffix
    tags: tags
    addressPrefix: networkPrefix
  }
}

module feed 'modules/feed.bicep' = {
  scope: group
  name: 'feed'
  params: {
    location: location
    accountName: 'cosmos-crossdock-${suffix}'
    tags: tags
    throughputMax: feedThroughputMax
    retentionSeconds: feedRetentionSeconds
    isZoneRedundant: isZoneRedundant
    backupTier: feedBackupTier
    isProtected: isProtected
    isPrivate: isPrivate
    workspaceId: monitoring.outputs.workspaceId
  }
}

module reporting 'modules/reporting.bicep' = {
  scope: group
  name: 'reporting'
  params: {
    location: location
    serverName: 'psql-crossdock-${suffix}'
    tags: tags
    administrator: operator
    size: reportingSize
    backupRetentionDays: reportingBackupDays
    isHighlyAvailable: isZoneRedundant
    isProtected: isProtected
    isPrivate: isPrivate
    workspaceId: monitoring.outputs.workspaceId
  }
}

module drops 'modules/drops.bicep' = {
  scope: group
  name: 'drops'
  params: {
    location: location
    accountName: 'stdrops${unique}'
    tags: tags
    appNames: map(fileApps, app => app.name)
    skuName: isZoneRedundant ? 'Standard_ZRS' : 'Standard_LRS'
    isPrivate: isPrivate
    senderAddresses: senderAddresses
    isProtected: isProtected
    softDeleteDays: isProtected ? 30 : 7
    workspaceId: monitoring.outputs.workspaceId
  }
}

module events 'modules/events.bicep' = {
  scope: group
  name: 'events'
  params: {
    location: location
    suffix: suffix
    tags: tags
    accountName: drops.outputs.accountName
    sources: map(fileApps, app => { name: app.name, ownFolders: app.ownFolders })
    undeliveredContainer: drops.outputs.undeliveredContainer
  }
}

module identity 'modules/identity.bicep' = [
  for app in apps: {
    scope: group
    name: 'identity-${app.name}'
    params: {
      location: location
      name: 'id-crossdock-${app.name}-${environmentName}'
      tags: tags
    }
  }
]

module feedAccess 'modules/feedAccess.bicep' = [
  for (app, index) in apps: {
    scope: group
    name: 'feed-access-${app.name}'
    params: {
      accountName: feed.outputs.accountName
      principalId: identity[index].outputs.principalId
      access: app.feed
    }
  }
]

module dropsAccess 'modules/dropsAccess.bicep' = [
  for (app, index) in apps: if (app.ownFolders != null) {
    scope: group
    name: 'drops-access-${app.name}'
    params: {
      accountName: drops.outputs.accountName
      appName: app.name
      principalId: identity[index].outputs.principalId
      letterBytesContainer: drops.outputs.letterBytesContainer
      keeperRoleId: drops.outputs.keeperRoleId
    }
  }
]

module vault 'modules/vault.bicep' = [
  for (app, index) in apps: if (!empty(concat(app.secrets, app.optionalSecrets))) {
    scope: group
    name: 'vault-${app.name}'
    params: {
      location: location
      name: 'kv-${take(app.name, 8)}-${take(unique, 12)}'
      tags: tags
      principalId: identity[index].outputs.principalId
      keeper: operator
      isProtected: isProtected
      isPrivate: isPrivate
      workspaceId: monitoring.outputs.workspaceId
    }
  }
]

module functionApp 'modules/functionApp.bicep' = [
  for (app, index) in apps: {
    scope: group
    name: 'app-${app.name}'
    params: {
      location: location
      app: app
      functionAppName: 'func-crossdock-${app.name}-${suffix}'
      hostStorageName: 'st${take(app.name, 9)}${unique}'
      tags: tags
      identity: {
        id: identity[index].outputs.id
        clientId: identity[index].outputs.clientId
        principalId: identity[index].outputs.principalId
      }
      given: settings[?app.name] ?? {}
      wired: toObject(
        app.wired,
        name => name,
        name => {
          FEED__accountEndpoint: feed.outputs.accountEndpoint
          DROPS__blobServiceUri: drops.outputs.blobServiceUri
          DROPS__queueServiceUri: drops.outputs.queueServiceUri
          REPORTING_URL: 'postgres://${identity[index].outputs.name}@${reporting.outputs.host}:5432/crossdock?sslmode=verify-full&options=-c%20search_path%3Dreporting'
        }[name]
      )
      secretsUri: empty(concat(app.secrets, app.optionalSecrets)) ? '' : vault[index]!.outputs.secretsUri
      storedSecrets: storedSecrets[?app.name] ?? []
      componentName: monitoring.outputs.componentName
      isAlwaysReady: isAlwaysReady
      subnetId: isPrivate ? network!.outputs.appSubnetId : ''
    }
    // Rights, and the way to what it needs, are there before it starts.
    dependsOn: [feedAccess, dropsAccess, sharedEndpoints]
  }
]

// The private endpoints of what the apps share; those of an app's own account and vault follow it.
module sharedEndpoints 'modules/privateEndpoint.bicep' = [
  for way in isPrivate
    ? [
        { name: 'cosmos', group: 'Sql', zone: 'cosmos' }
        { name: 'postgres', group: 'postgresqlServer', zone: 'postgres' }
        { name: 'drops-blob', group: 'blob', zone: 'blob' }
        { name: 'drops-queue', group: 'queue', zone: 'queue' }
      ]
    : []: {
    scope: group
    name: 'endpoint-${way.name}'
    params: {
      location: location
      name: 'pe-${way.name}-${suffix}'
      tags: tags
      serviceId: {
        cosmos: feed.outputs.accountId
        postgres: reporting.outputs.serverId
        'drops-blob': drops.outputs.accountId
        'drops-queue': drops.outputs.accountId
      }[way.name]
      group: way.group
      subnetId: network!.outputs.endpointSubnetId
      zoneId: network!.outputs.zoneIds[way.zone]
    }
  }
]

module hostBlobEndpoints 'modules/privateEndpoint.bicep' = [
  for (app, index) in apps: if (isPrivate) {
    scope: group
    name: 'endpoint-host-blob-${app.name}'
    params: {
      location: location
      name: 'pe-${app.name}-blob-${suffix}'
      tags: tags
      serviceId: functionApp[index].outputs.hostStorageId
      group: 'blob'
      subnetId: network!.outputs.endpointSubnetId
      zoneId: network!.outputs.zoneIds.blob
    }
  }
]

module hostTableEndpoints 'modules/privateEndpoint.bicep' = [
  for (app, index) in apps: if (isPrivate) {
    scope: group
    name: 'endpoint-host-table-${app.name}'
    params: {
      location: location
      name: 'pe-${app.name}-table-${suffix}'
      tags: tags
      serviceId: functionApp[index].outputs.hostStorageId
      group: 'table'
      subnetId: network!.outputs.endpointSubnetId
      zoneId: network!.outputs.zoneIds.table
    }
  }
]

module vaultEndpoints 'modules/privateEndpoint.bicep' = [
  for (app, index) in apps: if (isPrivate && !empty(concat(app.secrets, app.optionalSecrets))) {
    scope: group
    name: 'endpoint-vault-${app.name}'
    params: {
      location: location
      name: 'pe-${app.name}-vault-${suffix}'
      tags: tags
      serviceId: vault[index]!.outputs.id
      group: 'vault'
      subnetId: network!.outputs.endpointSubnetId
      zoneId: network!.outputs.zoneIds.vault
    }
  }
]

module alerts 'modules/alerts.bicep' = {
  scope: group
  name: 'alerts'
  params: {
    suffix: suffix
    tags: tags
    receivers: alertReceivers
    accountId: feed.outputs.accountId
    serverId: reporting.outputs.serverId
    topicId: events.outputs.topicId
  }
}

module deployer 'modules/deployer.bicep' = if (!empty(repository)) {
  scope: group
  name: 'deployer'
  params: {
    location: location
    name: 'id-crossdock-deployer-${environmentName}'
    tags: tags
    repository: repository
    environmentName: environmentName
    functionAppNames: map(apps, app => 'func-crossdock-${app.name}-${suffix}')
    hostStorageNames: map(apps, app => 'st${take(app.name, 9)}${unique}')
    keptContainer: 'kept-packages'
  }
  dependsOn: [functionApp]
}

// What scripts and workflows read.
output AZURE_RESOURCE_GROUP string = group.name

output CROSSDOCK_APPS array = [
  for (app, index) in apps: {
    app: app.name
    functionApp: functionApp[index].outputs.name
    url: functionApp[index].outputs.url
    hostStorage: functionApp[index].outputs.hostStorageName
    keptContainer: functionApp[index].outputs.keptContainer
    vault: empty(concat(app.secrets, app.optionalSecrets)) ? '' : vault[index]!.outputs.name
    secrets: app.secrets
    optionalSecrets: app.optionalSecrets
  }
]

output CROSSDOCK_DEPLOYER_CLIENT_ID string = empty(repository) ? '' : deployer!.outputs.clientId

output CROSSDOCK_REPORTING_HOST string = reporting.outputs.host

output CROSSDOCK_CONSOLIDATOR_IDENTITY object = {
  name: identity[indexOf(map(apps, app => app.name), 'consolidator')].outputs.name
  principalId: identity[indexOf(map(apps, app => app.name), 'consolidator')].outputs.principalId
}

output CROSSDOCK_DROPS_ACCOUNT string = drops.outputs.accountName
