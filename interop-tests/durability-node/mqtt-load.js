'use strict'
// Publishers of QoS 1 and 2 and subscribers of QoS 1 and 2, in MQTT 3.1.1 and 5.0, all with persistent sessions, against
// the brokers in MQTT_SERVERS (host:port,host:port,...). One more subscriber of each version sleeps until the end.
// An argument: messages a second of each publisher at most; what the sleepers are sent must fit the smallest disk.

const mqtt = require('mqtt')
const { drive, sleep, trouble, until, violation } = require('./control')
const { Inbox, Stream, bodyOf } = require('./ledger')

const servers = process.env.MQTT_SERVERS.split(',').map(address => {
  const [host, port] = address.split(':')
  return { host, port: Number(port), protocol: 'mqtt' }
})
const run = `${process.pid}-${Math.random().toString(36).slice(2)}`
const inFlightAtMost = 16
// So that the end is no long drain on a slow machine.
const behindAtMost = 600
const perSecondAtMost = Number(process.argv[2] ?? Infinity)
const sessionSeconds = 3600
const packetIdNotFound = 0x92

const streams = []
const inboxes = []
const clients = []
let turn = 0

/** A client with a persistent session, which it must find again whenever it comes back. */
function connect(name, protocolVersion) {
  const first = turn++ % servers.length
  const client = mqtt.connect({
    servers: [...servers.slice(first), ...servers.slice(0, first)],
    clientId: `${name}-${run}`,
    protocolVersion,
    clean: false,
    reconnectPeriod: 100,
    connectTimeout: 20_000,
    // A node that is stopped or cut off is noticed soon.
    keepalive: 5,
    reconnectOnConnackError: true,
    ...(protocolVersion === 5 ? { properties: { sessionExpiryInterval: sessionSeconds } } : {}),
  })
  clients.push(client)
  client.on('error', error => trouble(name, error))
  client.on('close', () => trouble(name, 'connection closed'))
  client.on('packetreceive', packet => {
    if (packet.cmd === 'disconnect') trouble(name, `DISCONNECT ${packet.reasonCode}`)
    if (packet.cmd !== 'connack' || (packet.reasonCode ?? packet.returnCode) !== 0) return
    if (client.isKnown && !packet.sessionPresent) violation(`${name} came back and its session was gone`)
    client.isKnown = true
  })
  return client
}

async function subscriber(name, protocolVersion, qos) {
  const inbox = new Inbox(name, streams, true)
  inbox.version = protocolVersion
  inbox.qos = qos
  inboxes.push(inbox)
  const client = connect(name, protocolVersion)
  listen(client, inbox)
  const [granted] = await client.subscribeAsync(`load/${run}/#`, { qos })
  if (granted.qos !== qos) throw new Error(`${name} was granted ${granted.qos}`)
  return { inbox, client }
}

function listen(client, inbox) {
  client.on('message', (topic, body, packet) => {
    const got = inbox.receive(body)
    if (!got) return
    if (topic !== `load/${run}/${got.stream.name}`) violation(`${inbox.name} got ${got.stream.name} as ${topic}`)
    const { qos } = got.stream
    if (packet.qos !== Math.min(qos, inbox.qos)) violation(`${inbox.name} got ${got.stream.name} with QoS ${packet.qos}`)
    if (got.before > 0 && qos === 2 && inbox.qos === 2) {
      violation(`${inbox.name} got ${got.stream.name}:${got.number} ${got.before + 1} times`)
    }
  })
}

class Publisher {
  inFlight = 0
  refused = 0

  constructor(version, qos) {
    this.stream = new Stream(`p${version}q${qos}`)
    this.stream.qos = qos
    this.version = version
  }

  connect() {
    this.client = connect(this.stream.name, this.version)
  }

  send() {
    const number = this.stream.next()
    this.inFlight++
    return new Promise(resolve => {
      const { name, qos } = this.stream
      this.client.publish(`load/${run}/${name}`, bodyOf(name, number), { qos }, error => {
        this.inFlight--
        // PUBCOMP 0x92: it was handed over by a PUBREL whose answer was lost with its connection.
        if (error && !(qos === 2 && error.code === packetIdNotFound)) {
          this.refused++
          trouble(`${name}:${number}`, error)
        } else {
          this.stream.confirm(number)
        }
        resolve(!error)
      })
    })
  }

  async run() {
    const start = Date.now()
    const isDue = () => this.stream.sent <= perSecondAtMost * (Date.now() - start) / 1000
    while (!this.isStopped) {
      if (this.inFlight < inFlightAtMost && behind() < behindAtMost && isDue()) this.send()
      else await sleep(2)
      // The sockets want their turn, too.
      if (this.stream.sent % 4 === 0) await sleep(0)
    }
    await until(() => this.inFlight === 0, `the last confirms of ${this.stream.name}`)
  }

  /** Behind everything that was sent before. */
  async mark() {
    while (!await this.send()) await sleep(100)
  }
}

const awake = () => inboxes.filter(inbox => !inbox.sleeps)
const confirmedCount = () => streams.reduce((sum, stream) => sum + stream.confirmed.size, 0)
const behind = () => confirmedCount() - Math.min(...awake().map(inbox => inbox.count))

const describe = () => [
  ...streams.map(stream => `${stream.name}: ${stream.sent} sent, ${stream.confirmed.size} confirmed`),
  ...inboxes.map(inbox => {
    const missing = inbox.missing()
    return `${inbox.name}: ${inbox.count} got, ${missing.length} missing: ${missing.slice(0, 10).join(' ')}`
  }),
  ...clients.map(client => `${client.options.clientId}: ${client.connected ? 'connected' : 'away'}`),
].join('\n')

drive(async () => {
  const publishers = [4, 5].flatMap(version => [1, 2].map(qos => new Publisher(version, qos)))
  streams.push(...publishers.map(publisher => publisher.stream))
  for (const version of [4, 5]) {
    for (const qos of [1, 2]) await subscriber(`s${version}q${qos}`, version, qos)
    const { inbox, client } = await subscriber(`sleeper${version}`, version, 2)
    inbox.sleeps = true
    await client.endAsync()
  }
  for (const publisher of publishers) publisher.connect()
  const running = Promise.all(publishers.map(publisher => publisher.run()))

  return async () => {
    for (const publisher of publishers) publisher.isStopped = true
    await running
    for (const inbox of inboxes.filter(one => one.sleeps)) {
      const client = connect(inbox.name, inbox.version)
      client.isKnown = true
      listen(client, inbox)
    }
    const allHere = () => inboxes.every(inbox => inbox.missing().length === 0)
    await until(allHere, 'everything that was confirmed')
    // What is delivered once more comes before the mark.
    for (const publisher of publishers) await publisher.mark()
    await until(allHere, 'the last messages')
    const refused = publishers.reduce((sum, publisher) => sum + publisher.refused, 0)
    return `${confirmedCount()} confirmed, ${refused} refused, ${inboxes.map(inbox => inbox.count).join(' ')} received`
  }
}, describe)
