'use strict'
const { assert, connect, mark, refused, run, unique, until, version } = require('./scenario')

const five = version === 5
const kept = five ? { clean: false, properties: { sessionExpiryInterval: 300 } } : { clean: false }

run({
  async qualities() {
    const topic = unique('q')
    const subscriber = await connect()
    const publisher = await connect()
    for (const granted of [0, 1, 2]) await subscriber.subscribeAsync(`${topic}/${granted}/+`, { qos: granted })
    for (const granted of [0, 1, 2]) {
      for (const sent of [0, 1, 2]) {
        await publisher.publishAsync(`${topic}/${granted}/${sent}`, `m${sent}`, { qos: sent })
        const got = await subscriber.next()
        assert.deepEqual([got.topic, got.text, got.qos, got.retain],
          [`${topic}/${granted}/${sent}`, `m${sent}`, Math.min(granted, sent), false])
      }
    }
  },

  async order() {
    const topic = unique('order')
    const subscriber = await connect()
    const publisher = await connect()
    await subscriber.subscribeAsync(topic, { qos: 2 })
    for (const qos of [1, 2]) {
      await Promise.all(Array.from({ length: 500 }, (_, i) => publisher.publishAsync(topic, `${i}`, { qos })))
      for (let i = 0; i < 500; i++) assert.equal((await subscriber.next()).text, `${i}`)
    }
  },

  async large() {
    const topic = unique('large')
    const client = await connect()
    await client.subscribeAsync(topic, { qos: 1 })
    const body = Buffer.alloc(3_000_000, 'abcdefghij')
    await client.publishAsync(topic, body, { qos: 1 })
    assert.ok((await client.next()).payload.equals(body))
    await client.publishAsync(topic, '', { qos: 1 })
    assert.equal((await client.next()).payload.length, 0)
  },

  async wildcards() {
    const root = unique('w')
    const client = await connect()
    const publisher = await connect()
    await client.subscribeAsync([`${root}/+/x`, `${root}/deep/#`, `${root}.a/b`], { qos: 1 })
    for (const topic of ['a/x', 'a/y', 'deep', 'deep/1/2', 'a/b/x']) await publisher.publishAsync(`${root}/${topic}`, topic)
    await publisher.publishAsync(`${root}/a/b`, 'other levels')
    await publisher.publishAsync(`${root}.a/b`, 'dots')
    const end = await mark(publisher, `${root}/end/x`)
    assert.deepEqual((await until(client, end)).map(got => got.text), ['a/x', 'deep', 'deep/1/2', 'dots'])
    await client.unsubscribeAsync(`${root}/+/x`)
    await publisher.publishAsync(`${root}/a/x`, 'gone', { qos: 1 })
    const last = await mark(publisher, `${root}/deep`)
    assert.deepEqual(await until(client, last), [])
  },

  async overlapping() {
    const root = unique('o')
    const client = await connect()
    const publisher = await connect()
    await client.subscribeAsync(`${root}/#`, { qos: 0 })
    await client.subscribeAsync(`${root}/+`, { qos: 2 })
    await publisher.publishAsync(`${root}/a`, 'once', { qos: 2 })
    assert.equal((await client.next()).qos, 2)
    const end = await mark(publisher, `${root}/a`)
    assert.deepEqual(await until(client, end), [])
  },

  async persistent() {
    const topic = unique('p')
    const clientId = unique('device')
    let device = await connect({ clientId, ...kept, clean: true, ...(five ? {} : { clean: false }) })
    await device.subscribeAsync(`${topic}/+`, { qos: 1 })
    await device.endAsync()
    const publisher = await connect()
    for (let i = 0; i < 20; i++) await publisher.publishAsync(`${topic}/a`, `${i}`, { qos: i % 3 })
    device = await connect({ clientId, ...kept })
    for (let i = 0; i < 20; i++) if (i % 3 > 0) assert.equal((await device.next()).text, `${i}`)
    await publisher.publishAsync(`${topic}/a`, 'live')
    assert.deepEqual([(await device.next()).text, device.pending.length], ['live', 0])
    await device.endAsync()
    // A clean start drops it all.
    await publisher.publishAsync(`${topic}/a`, 'dropped', { qos: 1 })
    device = await connect({ clientId, clean: true })
    await device.subscribeAsync(`${topic}/end`)
    const end = await mark(publisher, `${topic}/end`)
    assert.deepEqual(await until(device, end), [])
  },

  async retained() {
    const root = unique('r')
    const publisher = await connect()
    await publisher.publishAsync(`${root}/a`, 'old', { retain: true })
    await publisher.publishAsync(`${root}/a`, 'new', { qos: 1, retain: true })
    await publisher.publishAsync(`${root}/b`, 'gone', { qos: 1, retain: true })
    await publisher.publishAsync(`${root}/b`, '', { qos: 1, retain: true })
    for (const options of [{}, kept]) {
      const client = await connect({ clientId: unique('late'), ...options })
      await client.subscribeAsync(`${root}/+`, { qos: 1 })
      const got = await client.next()
      assert.deepEqual([got.topic, got.text, got.retain, got.qos], [`${root}/a`, 'new', true, 1])
      const end = await mark(publisher, `${root}/c`)
      assert.deepEqual(await until(client, end), [])
    }
  },

  async will() {
    const topic = unique('will')
    const watcher = await connect()
    await watcher.subscribeAsync(`${topic}/#`, { qos: 1 })
    const doomed = await connect({ will: { topic: `${topic}/lost`, payload: 'bye', qos: 1 } })
    const polite = await connect({ will: { topic: `${topic}/never`, payload: 'bye', qos: 1 } })
    await polite.endAsync()
    await doomed.kill()
    const got = await watcher.next()
    assert.deepEqual([got.topic, got.text, got.qos], [`${topic}/lost`, 'bye', 1])
    const end = await mark(watcher, `${topic}/end`)
    assert.deepEqual(await until(watcher, end), [])
  },

  async takeover() {
    const clientId = unique('twin')
    const first = await connect({ clientId })
    const lost = first.lost()
    const told = five ? new Promise(resolve => first.on('disconnect', packet => resolve(packet.reasonCode))) : 0x8E
    const second = await connect({ clientId })
    await lost
    assert.equal(await told, 0x8E)
    await second.subscribeAsync(clientId)
    await second.publishAsync(clientId, 'still here', { qos: 1 })
    assert.equal((await second.next()).text, 'still here')
  },

  async passwords() {
    const client = await connect({ username: 'guest', password: 'guest' })
    await client.endAsync()
    assert.equal(await refused({ username: 'guest', password: 'wrong' }), five ? 0x86 : 4)
    assert.equal(await refused({ username: 'nobody', password: 'wrong' }), five ? 0x86 : 4)
  },

  // Over TLS, by who was not told of the certificate.
  async untrusted() {
    assert.equal(await refused(), 'DEPTH_ZERO_SELF_SIGNED_CERT')
  },

  async shared() {
    const topic = unique('s')
    const members = await Promise.all([1, 2, 3].map(() => connect()))
    for (const member of members) await member.subscribeAsync(`$share/g/${topic}/+`, { qos: 1 })
    const publisher = await connect()
    for (let i = 0; i < 90; i++) await publisher.publishAsync(`${topic}/a`, `${i}`, { qos: i % 2 })
    const seen = new Set()
    while (seen.size < 90) {
      for (const member of members) {
        while (member.pending.length > 0) {
          const text = member.pending.shift().text
          assert.ok(!seen.has(text), `${text} came twice`)
          seen.add(text)
        }
      }
      await new Promise(resolve => setTimeout(resolve, 10))
    }
  },

  async presence() {
    const watcher = await connect({ username: 'guest', password: 'guest' })
    await watcher.subscribeAsync('$SYS/brokers/+/clients/#')
    const clientId = unique('guest')
    const guest = await connect({ clientId })
    const find = async what => {
      for (;;) {
        const got = await watcher.next()
        if (got.topic.endsWith(`/clients/${clientId}/${what}`)) return JSON.parse(got.text)
      }
    }
    const came = await find('connected')
    assert.deepEqual([came.clientid, came.username, came.proto_ver, came.clean_start], [clientId, 'guest', version, true])
    await guest.endAsync()
    assert.equal((await find('disconnected')).reason, 'normal')
    await watcher.subscribeAsync('$SYS/broker/clients/connected')
    for (;;) {
      const got = await watcher.next()
      if (got.topic === '$SYS/broker/clients/connected') return assert.ok(Number(got.text) >= 1)
    }
  }
})
