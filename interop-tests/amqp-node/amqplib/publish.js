'use strict';

const { randomBytes } = require('node:crypto');
const { assert, event, unique } = require('../scenarios');
const { deliveries, withChannel } = require('./client');

const confirming = async (connection) => {
  const channel = await connection.createConfirmChannel();
  channel.on('error', () => undefined);
  return channel;
};

withChannel('A batch of 1,000 is confirmed and then there, in order', async (_, connection) => {
  const channel = await confirming(connection);
  const { queue } = await channel.assertQueue(unique('batch'), { durable: true });
  let confirmed = 0;
  for (let i = 0; i < 1_000; i += 1) {
    channel.sendToQueue(queue, Buffer.from(String(i)), { persistent: true },
      (refused) => { if (!refused) confirmed += 1; });
  }
  await channel.waitForConfirms();
  assert.equal(confirmed, 1_000);
  assert.equal((await channel.checkQueue(queue)).messageCount, 1_000);

  const row = await deliveries(channel, queue, { noAck: true });
  for (let i = 0; i < 1_000; i += 1) assert.equal((await row.next()).content.toString(), String(i));
});

withChannel('A mandatory message without a queue comes back before its confirm', async (_, connection) => {
  const channel = await confirming(connection);
  const returned = event(channel, 'return');
  let back = false;
  channel.once('return', () => { back = true; });
  const backAtConfirm = await new Promise((resolve, reject) => {
    channel.publish('amq.direct', 'no-such-key', Buffer.from('lost'), { mandatory: true, messageId: 'm1' },
      (refused) => (refused ? reject(refused) : resolve(back)));
  });
  const [message] = await returned;
  assert.equal(backAtConfirm, true);
  assert.equal(message.fields.replyCode, 312);
  assert.equal(message.fields.replyText, 'NO_ROUTE');
  assert.equal(message.fields.exchange, 'amq.direct');
  assert.equal(message.fields.routingKey, 'no-such-key');
  assert.equal(message.properties.messageId, 'm1');
  assert.equal(message.content.toString(), 'lost');
});

withChannel('A message without a queue that is not mandatory is confirmed', async (_, connection) => {
  const channel = await confirming(connection);
  channel.publish('amq.direct', 'no-such-key', Buffer.from('dropped'));
  await channel.waitForConfirms();
});

withChannel('A mandatory message with a queue does not come back', async (_, connection) => {
  const channel = await confirming(connection);
  channel.on('return', () => assert.fail('it came back'));
  const { queue } = await channel.assertQueue(unique('mandatory'));
  channel.sendToQueue(queue, Buffer.from('x'), { mandatory: true });
  await channel.waitForConfirms();
  assert.ok(await channel.get(queue));
});

for (const [what, size] of [['An empty body', 0], ['One byte', 1], ['A full frame', 131_064], ['A frame and a byte', 131_065],
  ['5 MB', 5_000_000]]) {
  withChannel(`${what} comes out as it went in`, async (_, connection) => {
    const channel = await confirming(connection);
    const { queue } = await channel.assertQueue(unique('body'), { durable: true });
    const body = randomBytes(size);
    channel.sendToQueue(queue, body, { persistent: true });
    await channel.waitForConfirms();
    const message = await channel.get(queue);
    assert.ok(message.content.equals(body));
    channel.ack(message);
    assert.equal(await channel.get(queue), false);
  });
}

withChannel('Large and small messages on several channels do not mix', async (_, connection) => {
  const channels = await Promise.all([1, 2, 3].map(() => confirming(connection)));
  const { queue } = await channels[0].assertQueue(unique('mixed'));
  const bodies = [randomBytes(700_000), randomBytes(300_000), randomBytes(10)];
  channels.forEach((channel, i) => channel.sendToQueue(queue, bodies[i], { messageId: String(i) }));
  await Promise.all(channels.map((channel) => channel.waitForConfirms()));
  for (let left = bodies.length; left > 0; left -= 1) {
    const message = await channels[0].get(queue, { noAck: true });
    assert.ok(message.content.equals(bodies[Number(message.properties.messageId)]));
  }
});
