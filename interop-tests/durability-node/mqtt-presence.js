'use strict'
// Devices on the last of the brokers in MQTT_SERVERS (host:port,host:port,...), whose number is the first argument and which
// the test kills, and an observer of presence on the first. With a second argument they come back to that very one. Half of the devices have persistent sessions. Some come back to another broker at
// once, the others stay away.

const mqtt = require('mqtt')
const { confirm, drive, sleep, trouble, until, violation } = require('./control')

const servers = process.env.MQTT_SERVERS.split(',').map(address => {
  const [host, port] = address.split(':')
  return { host, port: Number(port), protocol: 'mqtt' }
})
const doomed = process.argv[2]
const isRestarted = process.argv.length > 3
const deviceCount = 60
const sessionSeconds = 3600
// Longer than anything that is on its way between two nodes.
const restMs = 3_000

/** Events of one device, in the order in which the observer heard of them. */
class Device {
  events = []

  constructor(number) {
    this.number = number
    this.name = `dev/${number}`
    this.isPersistent = number % 2 === 1
    this.comesBack = number % 3 === 0
    const last = servers[servers.length - 1]
    this.client = mqtt.connect({
      servers: this.comesBack && !isRestarted ? [last, ...servers.slice(0, -1)] : [last],
      clientId: this.name,
      protocolVersion: number % 4 < 2 ? 4 : 5,
      clean: !this.isPersistent,
      reconnectPeriod: this.comesBack ? 50 : 0,
      connectTimeout: 30_000,
      reconnectOnConnackError: true,
      ...(this.isPersistent && number % 4 >= 2 ? { properties: { sessionExpiryInterval: sessionSeconds } } : {}),
    })
    this.client.on('error', error => trouble(this.name, error))
    this.client.on('close', () => { this.closedMs ??= Date.now() })
    this.client.on('connect', () => { if (this.closedMs) this.backMs ??= Date.now() })
  }

  get words() { return this.events.map(event => event.word).join(' ') }

  get isOnline() { return this.events.at(-1)?.word.startsWith('connected') }
}

const devices = []

async function observe() {
  const client = mqtt.connect({ ...servers[0], clientId: 'observer', protocolVersion: 5, reconnectPeriod: 0 })
  client.on('message', (topic, body) => {
    const event = JSON.parse(body)
    const device = devices.find(one => one.name === event.clientid)
    if (!device) return
    const what = topic.endsWith('disconnected') ? `disconnected:${event.reason}@${event.node}` : `connected@${event.node}`
    device.events.push({ word: what, ms: Date.now(), event })
  })
  client.on('error', error => trouble('observer', error))
  await client.subscribeAsync('$events/#')
}

drive(async () => {
  await observe()
  for (let number = 0; number < deviceCount; number++) devices.push(new Device(number))
  await until(() => devices.every(device => device.client.connected), 'all devices')
  for (const device of devices.filter(one => one.isPersistent)) {
    await device.client.subscribeAsync({ [`to/${device.number}`]: { qos: 1 }, [`light/${device.number}`]: { qos: 0 } })
  }
  await until(() => devices.every(device => device.isOnline), 'word of all devices')
  confirm()

  return async () => {
    const lost = `disconnected:node_lost@${doomed}`
    await until(() => devices.every(device => device.words.includes('node_lost')), 'the end of all devices')
    await until(() => devices.every(device => device.isOnline === device.comesBack), 'those that came back')
    await sleep(restMs)
    for (const device of devices) {
      const [came, went, ...after] = device.events.map(one => one.word)
      const isGood = came === `connected@${doomed}` && went === lost && after.length === (device.comesBack ? 1 : 0) &&
        after.every(word => word.startsWith('connected@') && (word === came) === isRestarted)
      if (!isGood) violation(`${device.name}: ${device.words}`)
      const { event } = device.events.find(one => one.word === lost)
      const address = device.events[0].event
      for (const fact of ['username', 'ipaddress', 'sockport', 'proto_ver', 'keepalive', 'clean_start', 'connected_at']) {
        if (event[fact] !== address[fact]) violation(`${device.name}: ${fact} ${event[fact]}, not ${address[fact]}`)
      }
    }
    // Nobody waits for what the cluster waits for, which gives a node up after a while.
    const back = devices.filter(device => device.comesBack && device.isPersistent)
    const took = back.map(device => device.backMs - device.closedMs).sort((a, b) => a - b)
    const gone = Math.min(...back.map(device => device.events[1].ms - device.closedMs))
    if (!isRestarted && took.at(-1) > gone / 2) violation(`back after ${took.at(-1)} ms, given up after ${gone} ms`)
    return `${devices.length} ends told; ${back.length} sessions back after ${took[0]} to ${took.at(-1)} ms; ` +
      `node given up after ${gone} ms`
  }
}, () => devices.map(device => `${device.name}: ${device.words}`).join('\n'))
