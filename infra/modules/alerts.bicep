// Alerts on the services themselves, by their own metrics. Alerts on what the apps say come with the queries.

param suffix string

param tags object

@description('Addresses of mail that are told; none means that alerts only show in the portal.')
param receivers array

param accountId string
param serverId string
param topicId string

var actions = empty(receivers) ? [] : [{ actionGroupId: onCall.id }]

resource onCall 'Microsoft.Insights/actionGroups@2023-01-01' = if (!empty(receivers)) {
  name: 'ag-crossdock-${suffix}'
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'crossdock'
    enabled: true
    emailReceivers: [
      for receiver in receivers: {
        name: receiver
        emailAddress: receiver
        useCommonAlertSchema: true
      }
    ]
  }
}

var rules = [
  {
    name: 'events-undelivered'
    text: 'Event Grid gave up telling an app of a file. The event is in the container undelivered-events.'
    severity: 1
    scope: topicId
    namespace: 'Microsoft.EventGrid/systemTopics'
    metric: 'DeadLetteredCount'
    aggregation: 'Total'
    threshold: 0
  }
  {
    name: 'feed-at-its-limit'
    text: 'The feed uses nearly all the request units that it may scale to; writes begin to wait.'
    severity: 2
    scope: accountId
    namespace: 'Microsoft.DocumentDB/databaseAccounts'
    metric: 'NormalizedRUConsumption'
    aggregation: 'Maximum'
    threshold: 95
  }
  {
    name: 'reporting-storage-full'
    text: 'The reporting store has used most of its storage.'
    severity: 2
    scope: serverId
    namespace: 'Microsoft.DBforPostgreSQL/flexibleServers'
    metric: 'storage_percent'
    aggregation: 'Maximum'
    threshold: 85
  }
]

resource alert 'Microsoft.Insights/metricAlerts@2018-03-01' = [
  for rule in rules: {
    name: 'crossdock-${rule.name}-${suffix}'
    location: 'global'
    tags: tags
    properties: {
      description: rule.text
      severity: rule.severity
      enabled: true
      scopes: [rule.scope]
      evaluationFrequency: 'PT5M'
      windowSize: 'PT15M'
      autoMitigate: true
      criteria: {
        'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
        allOf: [
          {
            criterionType: 'StaticThresholdCriterion'
            name: rule.name
            metricNamespace: rule.namespace
            metricName: rule.metric
            timeAggregation: rule.aggregation
            operator: 'GreaterThan'
            threshold: rule.threshold
          }
        ]
      }
      actions: actions
    }
  }
]
