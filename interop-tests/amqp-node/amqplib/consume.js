'use strict';

const { assert, event, unique } = require('../scenarios');
const { channelOf, connect, deliveries, withChannel } = require('./client');

const filled = async (channel, count, options) => {
  const { queue } = await channel.assertQueue(unique('work'), options);
  for (let i = 0; i < count; i += 1) channel.sendToQueue(queue, Buffer.from(String(i)));
  await channel.checkQueue(queue);
  return queue;
};

withChannel('Prefetch bounds what is unacknowledged', async (channel) => {
  const queue = await filled(channel, 10);
  await channel.prefetch(3);
  const row = await deliveries(channel, queue);
  const held = [await row.next(), await row.next(), await row.next()];
  // Everything that was due came before the answer to this.
  assert.equal((await channel.checkQueue(queue)).messageCount, 7);
  assert.equal(row.pending(), 0);
  channel.ack(held[0]);
  assert.equal((await row.next()).content.toString(), '3');
  channel.ack(held[2], true);
  assert.equal((await row.next()).content.toString(), '4');
  assert.equal((await row.next()).content.toString(), '5');
});

withChannel('What a closed connection held comes again, redelivered', async (channel) => {
  const queue = await filled(channel, 2);
  const other = await connect();
  const row = await deliveries(await channelOf(other), queue);
  assert.equal((await row.next()).fields.redelivered, false);
  await row.next();
  await other.close();

  const again = await deliveries(channel, queue);
  for (const expected of ['0', '1']) {
    const message = await again.next();
    assert.equal(message.content.toString(), expected);
    assert.equal(message.fields.redelivered, true);
  }
});

withChannel('A requeued message comes again, redelivered, before the rest', async (channel) => {
  const queue = await filled(channel, 3);
  await channel.prefetch(1);
  const row = await deliveries(channel, queue);
  const first = await row.next();
  assert.equal(first.fields.redelivered, false);
  channel.nack(first, false, true);
  const second = await row.next();
  assert.equal(second.content.toString(), '0');
  assert.equal(second.fields.redelivered, true);
  channel.reject(second, false);
  const third = await row.next();
  assert.equal(third.content.toString(), '1');
  assert.equal(third.fields.redelivered, false);
});

withChannel('nack with multiple returns all', async (channel) => {
  const queue = await filled(channel, 5);
  const row = await deliveries(channel, queue, {});
  for (let i = 0; i < 5; i += 1) await row.next();
  await channel.cancel(row.consumerTag);
  channel.nackAll(true);
  assert.equal((await channel.checkQueue(queue)).messageCount, 5);
});

withChannel('recover makes everything that is held come again', async (channel) => {
  const queue = await filled(channel, 2);
  const row = await deliveries(channel, queue);
  await row.next();
  await row.next();
  await channel.recover();
  assert.equal((await row.next()).fields.redelivered, true);
  assert.equal((await row.next()).fields.redelivered, true);
});

withChannel('get counts what is left, and says when nothing is', async (channel) => {
  const queue = await filled(channel, 2);
  const first = await channel.get(queue);
  assert.equal(first.fields.messageCount, 1);
  assert.equal(first.fields.redelivered, false);
  channel.nack(first);
  const again = await channel.get(queue, { noAck: true });
  assert.equal(again.content.toString(), '0');
  assert.equal(again.fields.redelivered, true);
  channel.ack(await channel.get(queue));
  assert.equal(await channel.get(queue), false);
});

withChannel('An unknown delivery tag is 406', async (_, connection) => {
  const channel = await channelOf(connection);
  const closed = event(channel, 'error');
  channel.ack({ fields: { deliveryTag: 77 } });
  const [failure] = await closed;
  assert.equal(failure.code, 406);
  assert.ok(failure.message.includes('PRECONDITION_FAILED - unknown delivery tag 77'), failure.message);
});

withChannel('Consumers of a deleted queue are told', async (channel) => {
  const queue = await filled(channel, 0);
  const row = await deliveries(channel, queue);
  await channel.deleteQueue(queue);
  assert.equal(await row.next(), null);
});

withChannel('A consumer with a higher priority is served first', async (channel) => {
  const { queue } = await channel.assertQueue(unique('priority'));
  const low = await deliveries(channel, queue, { noAck: true, priority: 0 });
  const high = await deliveries(channel, queue, { noAck: true, priority: 10 });
  for (let i = 0; i < 5; i += 1) channel.sendToQueue(queue, Buffer.from(String(i)));
  for (let i = 0; i < 5; i += 1) await high.next();
  assert.equal(low.pending(), 0);
});

withChannel('An exclusive consumer keeps others out', async (channel, connection) => {
  const { queue } = await channel.assertQueue(unique('alone'));
  await channel.consume(queue, () => undefined, { exclusive: true });
  await assert.rejects((await channelOf(connection)).consume(queue, () => undefined), (failure) => {
    assert.equal(failure.code, 403);
    assert.ok(failure.message.includes(`queue '${queue}' in vhost '/' in exclusive use`), failure.message);
    return true;
  });
});

withChannel('Two consumers share a queue', async (channel) => {
  const { queue } = await channel.assertQueue(unique('shared'));
  await channel.prefetch(1);
  const rows = [await deliveries(channel, queue), await deliveries(channel, queue)];
  channel.sendToQueue(queue, Buffer.from('a'));
  channel.sendToQueue(queue, Buffer.from('b'));
  const got = await Promise.all(rows.map(async (row) => (await row.next()).content.toString()));
  assert.deepEqual(got.sort(), ['a', 'b']);
});
