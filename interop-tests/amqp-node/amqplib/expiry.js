'use strict';

const { assert, until, unique } = require('../scenarios');
const { deliveries, withChannel } = require('./client');

const deadLettered = async (channel, queueOptions) => {
  const { queue: dead } = await channel.assertQueue(unique('dead'), { durable: true });
  const exchange = unique('dlx');
  await channel.assertExchange(exchange, 'fanout');
  await channel.bindQueue(dead, exchange, '');
  const { queue } = await channel.assertQueue(unique('source'), { deadLetterExchange: exchange, ...queueOptions });
  return { queue, dead, row: await deliveries(channel, dead, { noAck: true }) };
};

withChannel('A rejected message goes to the dead-letter exchange with x-death', async (channel) => {
  const { queue, row } = await deadLettered(channel, {});
  const before = Math.floor(Date.now() / 1000) - 2;
  channel.publish('', queue, Buffer.from('poison'), { headers: { kept: 'yes' }, messageId: 'm-1', type: 't' });
  channel.reject(await channel.get(queue), false);
  const message = await row.next();
  assert.equal(message.content.toString(), 'poison');
  assert.equal(message.fields.routingKey, queue);
  assert.equal(message.fields.redelivered, false);
  assert.equal(message.properties.messageId, 'm-1');
  assert.equal(message.properties.type, 't');
  const { headers } = message.properties;
  assert.equal(headers.kept, 'yes');
  assert.equal(headers['x-death'].length, 1);
  const [death] = headers['x-death'];
  assert.equal(death.count, 1);
  assert.equal(death.exchange, '');
  assert.equal(death.queue, queue);
  assert.equal(death.reason, 'rejected');
  assert.deepEqual(death['routing-keys'], [queue]);
  assert.equal(death.time['!'], 'timestamp');
  assert.ok(death.time.value >= before && death.time.value <= before + 60, String(death.time.value));
});

withChannel('A message\'s own expiration dead-letters it, and is kept in x-death', async (channel) => {
  const { queue, row } = await deadLettered(channel, {});
  channel.sendToQueue(queue, Buffer.from('short'), { expiration: '50' });
  const message = await row.next();
  const [death] = message.properties.headers['x-death'];
  assert.equal(death.reason, 'expired');
  assert.equal(death['original-expiration'], '50');
  assert.equal(message.properties.expiration, undefined);
});

withChannel('The queue\'s time-to-live dead-letters with a routing key of its own', async (channel) => {
  const { queue, row } = await deadLettered(channel, { messageTtl: 50, deadLetterRoutingKey: 'elsewhere' });
  channel.sendToQueue(queue, Buffer.from('short'));
  const message = await row.next();
  assert.equal(message.fields.routingKey, 'elsewhere');
  assert.equal(message.properties.headers['x-death'][0].reason, 'expired');
});

withChannel('What is over the length limit is dead-lettered from the head', async (channel) => {
  const { queue, row } = await deadLettered(channel, { maxLength: 2 });
  for (let i = 0; i < 5; i += 1) channel.sendToQueue(queue, Buffer.from(String(i)));
  for (const expected of ['0', '1', '2']) {
    const message = await row.next();
    assert.equal(message.content.toString(), expected);
    assert.equal(message.properties.headers['x-death'][0].reason, 'maxlen');
  }
  assert.equal((await channel.checkQueue(queue)).messageCount, 2);
});

withChannel('A second death in the same queue counts up', async (channel) => {
  const { queue, row } = await deadLettered(channel, {});
  channel.sendToQueue(queue, Buffer.from('again'));
  channel.reject(await channel.get(queue), false);
  const first = await row.next();
  channel.sendToQueue(queue, first.content, { headers: first.properties.headers });
  channel.reject(await channel.get(queue), false);
  const { headers } = (await row.next()).properties;
  assert.equal(headers['x-death'].length, 1);
  assert.equal(headers['x-death'][0].count, 2);
});

withChannel('Expired messages vanish where there is no dead-letter exchange', async (channel) => {
  const { queue } = await channel.assertQueue(unique('ttl'), { messageTtl: 50 });
  channel.sendToQueue(queue, Buffer.from('x'));
  await until('the length', async () => (await channel.checkQueue(queue)).messageCount, (count) => count === 0);
  assert.equal(await channel.get(queue), false);
});

withChannel('The smaller of both times counts', async (channel) => {
  const { queue, row } = await deadLettered(channel, { messageTtl: 60_000 });
  channel.sendToQueue(queue, Buffer.from('x'), { expiration: '30' });
  assert.equal((await row.next()).content.toString(), 'x');
});

withChannel('max-length drops the oldest without a dead-letter exchange, max-length-bytes too', async (channel) => {
  const { queue } = await channel.assertQueue(unique('length'), { maxLength: 3 });
  for (let i = 0; i < 10; i += 1) channel.sendToQueue(queue, Buffer.from(String(i)));
  assert.equal((await channel.checkQueue(queue)).messageCount, 3);
  assert.equal((await channel.get(queue)).content.toString(), '7');

  const { queue: bytes } = await channel.assertQueue(unique('bytes'), { arguments: { 'x-max-length-bytes': 250 } });
  for (let i = 0; i < 5; i += 1) channel.sendToQueue(bytes, Buffer.alloc(100, i));
  assert.equal((await channel.checkQueue(bytes)).messageCount, 2);
});

withChannel('An unused queue with x-expires goes', async (channel, connection) => {
  const { queue } = await channel.assertQueue(unique('expires'), { expires: 200 });
  await until('the queue', async () => {
    const probe = await connection.createChannel();
    probe.on('error', () => undefined);
    return probe.checkQueue(queue).then(() => probe.close().then(() => 'there'), (failure) => failure.code);
  }, (answer) => answer === 404);
});
