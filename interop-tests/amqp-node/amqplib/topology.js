'use strict';

const { assert, event, unique } = require('../scenarios');
const { channelOf, connect, withChannel } = require('./client');

const sent = (channel, queue) => channel.get(queue, { noAck: true });

const routes = async (channel, exchange, queues, key, headers) => {
  channel.publish(exchange, key, Buffer.from(key), { headers });
  const got = [];
  for (const [name, queue] of Object.entries(queues)) {
    while (await sent(channel, queue)) got.push(name);
  }
  return got.sort().join(' ');
};

withChannel('The four types of exchange route as they should', async (channel) => {
  const exchanges = {};
  for (const type of ['direct', 'fanout', 'topic', 'headers']) {
    exchanges[type] = unique(type);
    await channel.assertExchange(exchanges[type], type, { durable: true });
    await channel.assertExchange(exchanges[type], type, { durable: true });
  }
  const queues = {};
  for (const name of ['a', 'b', 'c'])
    queues[name] = (await channel.assertQueue(unique(name), { durable: true })).queue;

  await channel.bindQueue(queues.a, exchanges.direct, 'red');
  await channel.bindQueue(queues.b, exchanges.direct, 'blue');
  await channel.bindQueue(queues.c, exchanges.direct, 'red');
  assert.equal(await routes(channel, exchanges.direct, queues, 'red'), 'a c');
  assert.equal(await routes(channel, exchanges.direct, queues, 'blue'), 'b');
  assert.equal(await routes(channel, exchanges.direct, queues, 'green'), '');

  await channel.bindQueue(queues.a, exchanges.fanout, 'ignored');
  await channel.bindQueue(queues.b, exchanges.fanout, '');
  assert.equal(await routes(channel, exchanges.fanout, queues, 'anything'), 'a b');

  await channel.bindQueue(queues.a, exchanges.topic, 'stock.*.nyse');
  await channel.bindQueue(queues.b, exchanges.topic, 'stock.#');
  await channel.bindQueue(queues.c, exchanges.topic, '#.nyse');
  await channel.bindQueue(queues.c, exchanges.topic, '#');
  assert.equal(await routes(channel, exchanges.topic, queues, 'stock.ibm.nyse'), 'a b c');
  assert.equal(await routes(channel, exchanges.topic, queues, 'stock'), 'b c');
  assert.equal(await routes(channel, exchanges.topic, queues, 'bond.x'), 'c');

  await channel.bindQueue(queues.a, exchanges.headers, '', { 'x-match': 'all', colour: 'red', size: 1 });
  await channel.bindQueue(queues.b, exchanges.headers, '', { 'x-match': 'any', colour: 'red', size: 1 });
  assert.equal(await routes(channel, exchanges.headers, queues, '', { colour: 'red', size: 1 }), 'a b');
  assert.equal(await routes(channel, exchanges.headers, queues, '', { colour: 'red', size: 2 }), 'b');
  assert.equal(await routes(channel, exchanges.headers, queues, '', { shape: 'round' }), '');

  await channel.unbindQueue(queues.a, exchanges.direct, 'red');
  assert.equal(await routes(channel, exchanges.direct, queues, 'red'), 'c');
  for (const exchange of Object.values(exchanges)) await channel.deleteExchange(exchange);
});

withChannel('The predeclared exchanges are there', async (channel) => {
  for (const name of ['amq.direct', 'amq.fanout', 'amq.topic', 'amq.headers', 'amq.match'])
    await channel.checkExchange(name);
  const { queue } = await channel.assertQueue('', { exclusive: true });
  channel.publish('', queue, Buffer.from('default'));
  assert.equal((await sent(channel, queue)).content.toString(), 'default');
});

withChannel('What is not there is 404', async (_, connection) => {
  const name = unique('absent');
  await assert.rejects((await channelOf(connection)).checkQueue(name),
    (failure) => failure.code === 404 && failure.message.includes(`NOT_FOUND - no queue '${name}' in vhost '/'`));
  await assert.rejects((await channelOf(connection)).checkExchange(name),
    (failure) => failure.code === 404 && failure.message.includes(`NOT_FOUND - no exchange '${name}' in vhost '/'`));

  const publishing = await channelOf(connection);
  const closed = event(publishing, 'error');
  publishing.publish(name, 'key', Buffer.from('x'));
  const [failure] = await closed;
  assert.equal(failure.code, 404);
});

withChannel('A declaration that differs is 406 with the argument\'s name', async (channel, connection) => {
  const queue = unique('inequivalent');
  await channel.assertQueue(queue, { durable: true, messageTtl: 1000 });
  const refused = async (options, text) => assert.rejects(
    (await channelOf(connection)).assertQueue(queue, options),
    (failure) => {
      assert.equal(failure.code, 406);
      assert.ok(failure.message.includes(text), failure.message);
      return true;
    });
  await refused({ durable: false, messageTtl: 1000 },
    `PRECONDITION_FAILED - inequivalent arg 'durable' for queue '${queue}' in vhost '/': `
    + "received 'false' but current is 'true'");
  await refused({ durable: true, messageTtl: 2000 },
    `inequivalent arg 'x-message-ttl' for queue '${queue}' in vhost '/': received '2000' but current is '1000'`);
  await refused({ durable: true }, `inequivalent arg 'x-message-ttl' for queue '${queue}' in vhost '/': received none`);

  const exchange = unique('inequivalent');
  await channel.assertExchange(exchange, 'direct');
  await assert.rejects((await channelOf(connection)).assertExchange(exchange, 'fanout'),
    /inequivalent arg 'type' for exchange .* received 'fanout' but current is 'direct'/);
});

withChannel('Purge and delete say how many', async (channel) => {
  const { queue } = await channel.assertQueue(unique('counts'));
  for (let i = 0; i < 7; i += 1) channel.sendToQueue(queue, Buffer.from('x'));
  assert.equal((await channel.checkQueue(queue)).messageCount, 7);
  assert.equal((await channel.purgeQueue(queue)).messageCount, 7);
  for (let i = 0; i < 3; i += 1) channel.sendToQueue(queue, Buffer.from('x'));
  assert.equal((await channel.deleteQueue(queue)).messageCount, 3);
  assert.equal((await channel.deleteQueue(queue)).messageCount, 0);
});

withChannel('Conditional deletes are refused with 406', async (channel, connection) => {
  const { queue } = await channel.assertQueue(unique('conditional'));
  channel.sendToQueue(queue, Buffer.from('x'));
  await channel.checkQueue(queue);
  await assert.rejects((await channelOf(connection)).deleteQueue(queue, { ifEmpty: true }), /406.*not empty/);
  const consumer = await channel.consume(queue, () => undefined, { noAck: true });
  await assert.rejects((await channelOf(connection)).deleteQueue(queue, { ifUnused: true }), /406.*in use/);
  await channel.cancel(consumer.consumerTag);
  await channel.deleteQueue(queue, { ifUnused: true, ifEmpty: true });
});

withChannel('A server-named exclusive queue is locked for others and gone with its connection', async (_, other) => {
  const owner = await connect();
  const { queue } = await (await channelOf(owner)).assertQueue('', { exclusive: true });
  assert.match(queue, /^amq\.gen-/);
  await assert.rejects((await channelOf(other)).checkQueue(queue), (failure) => {
    assert.equal(failure.code, 405);
    assert.ok(failure.message.includes(
      `RESOURCE_LOCKED - cannot obtain exclusive access to locked queue '${queue}' in vhost '/'`), failure.message);
    return true;
  });
  await owner.close();
  await assert.rejects((await channelOf(other)).checkQueue(queue), /404/);
});

withChannel('An auto-delete queue goes with its last consumer', async (channel, connection) => {
  const { queue } = await channel.assertQueue(unique('auto'), { autoDelete: true });
  const first = await channel.consume(queue, () => undefined);
  const second = await channel.consume(queue, () => undefined);
  await channel.cancel(first.consumerTag);
  await channel.checkQueue(queue);
  await channel.cancel(second.consumerTag);
  await assert.rejects((await channelOf(connection)).checkQueue(queue), /404/);
});
