'use strict'
const Capi = require('qcloudapi-sdk')

const capi = new Capi({
  SecretId: process.env.CMQ_SECRET_ID,
  SecretKey: process.env.CMQ_SECRET_KEY,
  Region: 'gz',
  protocol: 'http',
  host: process.env.CMQ_HOST,
  path: '/v2/index.php',
  method: 'POST',
})

const call = async (action, parameters) => {
  const answer = await new Promise((resolve, reject) =>
    capi.request({ Action: action, ...parameters }, (error, got) => (error ? reject(error) : resolve(got))))
  if (answer.code !== 0) throw new Error(`${action}: ${JSON.stringify(answer)}`)
  return answer
}

exports.createQueue = queueName => call('CreateQueue', { queueName })

exports.createTopic = topicName => call('CreateTopic', { topicName, filterType: 1 })

exports.subscribe = (topicName, endpoint, tag) => call('Subscribe', {
  topicName, subscriptionName: endpoint, protocol: 'queue', endpoint, notifyContentFormat: 'SIMPLIFIED', filterTag: [tag],
})

/** Answers the message's id in that queue. */
exports.send = async (queueName, body) => (await call('SendMessage', { queueName, msgBody: body.toString(), delaySeconds: 0 })).msgId

/** With tags, the first of which is also given as the routing key: topics of other protocols want one. */
exports.publish = async (topicName, body, msgTag) => {
  await call('PublishMessage', { topicName, msgBody: body.toString(), msgTag, routingKey: msgTag[0] })
}

exports.receive = async queueName => async () => {
  const { msgBody, msgId, enqueueTime } = await call('ReceiveMessage', { queueName, pollingWaitSeconds: 25 })
  return { key: queueName, body: Buffer.from(msgBody), properties: { msgId, enqueueTime } }
}
