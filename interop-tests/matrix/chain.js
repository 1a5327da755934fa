'use strict'
// One message from client to client, each of another protocol: node chain.js <from> <to> [<to> ...], of amqp, mqtt,
// rocketmq and http; the first may be http-topic, too. Who stands in the middle publishes what it got.
// Standard input: {"body": base64, "properties": {...}} in the first one's words; "dotInLevel": true has MQTT publish to
// a topic of one level with a dot in it. Standard output: {"key", "body": base64, "properties": {...}} in the last one's
// words, with "route" for the names of the last part of the way and "sent" for what its publisher was told.
const amqp = require('./amqp')
const http = require('./http')
const mqtt = require('./mqtt')
const rocketmq = require('./rocketmq')
const { run, unique } = require('./scenario')

const mqttSpace = 'amq.topic'

/** What AMQP binds by: to it, and only to it, the dot in a level looks like any other. */
const pattern = ({ key, dotInLevel }) => dotInLevel ? '*' : key

const mqttTopic = ({ key, dotInLevel }) => dotInLevel ? key : mqtt.topicOf(key)

/** Makes what a publisher of a protocol publishes to. */
const sources = {
  async amqp({ topic, to }) {
    if (to === 'mqtt') return mqttSpace
    if (to !== 'rocketmq') await (await amqp.channel()).assertExchange(topic, 'topic')
    return topic
  },
  mqtt: async () => mqttSpace,
  async rocketmq({ topic, to }) {
    if (to !== 'rocketmq') await rocketmq.createTopic(topic)
    return topic
  },
  // Straight into a queue where the receiver has one.
  async http(route) {
    return route.to === 'amqp' || route.to === 'http' ? undefined : sources['http-topic'](route)
  },
  async 'http-topic'({ topic, to }) {
    if (to !== 'rocketmq') await http.createTopic(topic)
    return topic
  },
}

/** Opens a receiver of what comes to a source with a key. */
const receivers = {
  async amqp(route, source) {
    await (await amqp.channel()).assertQueue(route.queue)
    if (source) await (await amqp.channel()).bindQueue(route.queue, source, pattern(route))
    return amqp.receive(route.queue)
  },
  async mqtt(route, source) {
    if (source !== mqttSpace) await (await amqp.channel()).bindExchange(mqttSpace, source, pattern(route))
    return mqtt.receive(mqttTopic(route))
  },
  async rocketmq(route, source) {
    if (source !== route.topic) await (await amqp.channel()).bindExchange(route.topic, source, pattern(route))
    return rocketmq.receive(route.topic, route.key)
  },
  async http(route, source) {
    await http.createQueue(route.queue)
    if (route.from === 'http-topic') await http.subscribe(source, route.queue, route.key)
    else if (source) await (await amqp.channel()).bindQueue(route.queue, source, pattern(route))
    return http.receive(route.queue)
  },
}

const publishToTopic = ({ key }, source, body, { moreTags }) => http.publish(source, body, [key, ...moreTags])

const publishers = {
  amqp: ({ key }, source, body, properties) => amqp.publish(source, key, body, properties),
  mqtt: (route, source, body, properties) => mqtt.publish(mqttTopic(route), body, properties),
  rocketmq: ({ key }, source, body, properties) => rocketmq.publish(source, key, body, properties),
  http: (route, source, body, properties) =>
    source ? publishToTopic(route, source, body, properties) : http.send(route.queue, body),
  'http-topic': publishToTopic,
}

async function pass(from, to, { body, properties }, dotInLevel) {
  // A CMQ tag has at most 16 characters.
  const key = `${unique('').slice(-8)}.temp`
  const route = { from, to, topic: unique('T'), queue: unique('Q'), key, dotInLevel }
  if (to === 'rocketmq') await rocketmq.createTopic(route.topic)
  const source = await sources[from](route)
  const receive = await receivers[to](route, source)
  const sent = await publishers[from](route, source, body, properties)
  return { ...await receive(), sent, route }
}

run(async message => {
  const [first, ...others] = process.argv.slice(2)
  let from = first
  let got = { body: Buffer.from(message.body, 'base64'), properties: message.properties }
  for (const to of others) {
    got = await pass(from, to, got, message.dotInLevel === true)
    from = to
  }
  return { ...got, body: got.body.toString('base64') }
})
