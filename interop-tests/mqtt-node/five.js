'use strict'
// What only MQTT 5.0 has.
const { assert, connect, mark, run, unique, until } = require('./scenario')

run({
  async properties() {
    const topic = unique('p')
    const subscriber = await connect()
    await subscriber.subscribeAsync(topic, { qos: 1, properties: { subscriptionIdentifier: 7 } })
    const publisher = await connect()
    await publisher.publishAsync(topic, 'x', { qos: 1, properties: {
      payloadFormatIndicator: true, contentType: 'text/plain', responseTopic: 'answers/here',
      correlationData: Buffer.from([0, 255]), messageExpiryInterval: 60, userProperties: { one: ['1', '2'], two: '3' }
    } })
    const { properties } = await subscriber.next()
    assert.equal(properties.payloadFormatIndicator, true)
    assert.equal(properties.contentType, 'text/plain')
    assert.equal(properties.responseTopic, 'answers/here')
    assert.deepEqual([...properties.correlationData], [0, 255])
    assert.equal(properties.subscriptionIdentifier, 7)
    assert.deepEqual(properties.userProperties.one, ['1', '2'])
    assert.equal(properties.userProperties.two, '3')
    assert.ok(properties.messageExpiryInterval > 50 && properties.messageExpiryInterval <= 60)
  },

  async aliases() {
    const topic = unique('a')
    const subscriber = await connect({ properties: { topicAliasMaximum: 10 } })
    await subscriber.subscribeAsync(`${topic}/#`)
    const publisher = await connect({ autoAssignTopicAlias: true })
    for (let i = 0; i < 5; i++) {
      await publisher.publishAsync(`${topic}/${i % 2}`, `${i}`, { qos: 1 })
      const got = await subscriber.next()
      assert.deepEqual([got.topic, got.text], [`${topic}/${i % 2}`, `${i}`])
    }
  },

  async expiry() {
    const topic = unique('e')
    const clientId = unique('sleeper')
    const kept = { clientId, properties: { sessionExpiryInterval: 300 } }
    const sleeper = await connect({ ...kept, clean: true })
    await sleeper.subscribeAsync(topic, { qos: 1 })
    await sleeper.endAsync()
    const publisher = await connect()
    await publisher.publishAsync(topic, 'short', { qos: 1, properties: { messageExpiryInterval: 1 } })
    await publisher.publishAsync(topic, 'long', { qos: 1, properties: { messageExpiryInterval: 60 } })
    await publisher.publishAsync(`${topic}/kept`, 'short', { qos: 1, retain: true, properties: { messageExpiryInterval: 1 } })
    await new Promise(resolve => setTimeout(resolve, 1_500))
    const awake = await connect({ ...kept, clean: false })
    const got = await awake.next()
    assert.equal(got.text, 'long')
    assert.ok(got.properties.messageExpiryInterval <= 59)
    await awake.subscribeAsync(`${topic}/kept`)
    const end = await mark(publisher, `${topic}/kept`)
    assert.deepEqual(await until(awake, end), [])
  },

  async sessionEnd() {
    const topic = unique('s')
    const clientId = unique('mayfly')
    const mayfly = await connect({ clientId, clean: true, properties: { sessionExpiryInterval: 1 } })
    await mayfly.subscribeAsync(topic, { qos: 1 })
    await mayfly.endAsync()
    await new Promise(resolve => setTimeout(resolve, 3_000))
    const publisher = await connect()
    await publisher.publishAsync(topic, 'too late', { qos: 1 })
    const again = await connect({ clientId, clean: false, properties: { sessionExpiryInterval: 1 } })
    await again.subscribeAsync(`${topic}/end`)
    const end = await mark(publisher, `${topic}/end`)
    assert.deepEqual(await until(again, end), [])
  },

  async willDelay() {
    const topic = unique('w')
    const watcher = await connect()
    await watcher.subscribeAsync(topic, { qos: 1 })
    const clientId = unique('doomed')
    const options = { clientId, clean: true, properties: { sessionExpiryInterval: 60 },
      will: { topic, payload: 'bye', qos: 1, properties: { willDelayInterval: 2 } } }
    const doomed = await connect(options)
    const from = Date.now()
    await doomed.kill()
    assert.equal((await watcher.next()).text, 'bye')
    assert.ok(Date.now() - from >= 1_900)
    // Whoever comes back in time is not dead.
    const lucky = await connect({ ...options, clientId: unique('lucky') })
    const luckyId = lucky.options.clientId
    await lucky.kill()
    await connect({ ...options, clientId: luckyId, clean: false })
    await new Promise(resolve => setTimeout(resolve, 3_000))
    const end = await mark(watcher, topic)
    assert.deepEqual(await until(watcher, end), [])
  },

  async noLocal() {
    const topic = unique('n')
    const client = await connect()
    await client.subscribeAsync(topic, { qos: 1, nl: true })
    await client.publishAsync(topic, 'mine', { qos: 1 })
    const other = await connect()
    const end = await mark(other, topic)
    assert.deepEqual(await until(client, end), [])
  },

  async retainOptions() {
    const topic = unique('r')
    const client = await connect()
    await client.publishAsync(topic, 'kept', { qos: 1, retain: true })
    await client.subscribeAsync(topic, { qos: 1, rh: 2, rap: true })
    await client.publishAsync(topic, 'live', { qos: 1, retain: true })
    const got = await client.next()
    assert.deepEqual([got.text, got.retain], ['live', true])
    await client.subscribeAsync(topic, { qos: 1, rh: 1 })
    await client.subscribeAsync(topic, { qos: 1, rh: 0 })
    assert.deepEqual([(await client.next()).text, client.pending.length], ['live', 0])
  },

  async receiveMaximum() {
    const topic = unique('m')
    const client = await connect({ properties: { receiveMaximum: 3 },
      customHandleAcks: (_topic, _message, _packet, done) => setTimeout(() => done(0), 5) })
    await client.subscribeAsync(topic, { qos: 1 })
    const publisher = await connect()
    await Promise.all(Array.from({ length: 60 }, (_, i) => publisher.publishAsync(topic, `${i}`, { qos: 1 })))
    for (let i = 0; i < 60; i++) assert.equal((await client.next()).text, `${i}`)
  },

  async packetSize() {
    const topic = unique('z')
    const client = await connect({ properties: { maximumPacketSize: 200 } })
    await client.subscribeAsync(topic, { qos: 1 })
    const publisher = await connect()
    await publisher.publishAsync(topic, 'x'.repeat(500), { qos: 1 })
    await publisher.publishAsync(topic, 'small', { qos: 1 })
    assert.equal((await client.next()).text, 'small')
  },

  async reasons() {
    const client = await connect()
    const told = new Promise(resolve => client.on('packetreceive', packet => packet.cmd === 'puback' && resolve(packet)))
    await client.publishAsync(unique('nobody'), 'x', { qos: 1 })
    assert.equal((await told).reasonCode, 0x10)
    await assert.rejects(client.subscribeAsync('$share/g', { qos: 1 }))
    await assert.rejects(client.publishAsync('$SYS/broker/uptime', 'x', { qos: 1 }))
  },

  async assignedId() {
    const client = await connect({ clientId: '', clean: true })
    assert.match(client.connack.properties.assignedClientIdentifier, /^auto-/)
  }
})
