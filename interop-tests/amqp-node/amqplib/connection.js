'use strict';

const net = require('node:net');
const amqp = require('amqplib');
const { assert, environment, event, scenario, unique } = require('../scenarios');
const { channelOf, connect, options, withChannel } = require('./client');

scenario('A login with a wrong password is refused with RabbitMQ\'s text', async () => {
  await assert.rejects(amqp.connect(options({ password: 'wrong' })), (failure) => {
    assert.match(failure.message, /403 \(ACCESS[-_]REFUSED\)/);
    assert.ok(failure.message.includes(
      'ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN. '
      + 'For details see the broker logfile.'), failure.message);
    return true;
  });
});

scenario('A virtual host that does not exist is refused by a close', async () => {
  // amqplib shows neither code nor text here; those of the other clients do.
  await assert.rejects(amqp.connect(options({ vhost: 'nowhere' })), /<ConnectionClose channel:0>/);
});

scenario('A URI with %2f opens the default virtual host', async () => {
  const connection = await amqp.connect(`amqp://guest:guest@127.0.0.1:${environment('AMQP_PORT')}/%2f`);
  await connection.close();
});

scenario('AMQPLAIN logs in', async () => {
  const connection = await amqp.connect(options(), { credentials: amqp.credentials.amqplain('guest', 'guest') });
  await connection.close();
});

scenario('The server presents itself as RabbitMQ with its capabilities', async () => {
  const connection = await connect();
  const { serverProperties } = connection.connection;
  assert.equal(serverProperties.product, 'RabbitMQ');
  assert.match(serverProperties.version, /^\d+\.\d+\.\d+/);
  for (const capability of ['publisher_confirms', 'basic.nack', 'consumer_cancel_notify', 'connection.blocked',
    'authentication_failure_close', 'per_consumer_qos'])
    assert.equal(serverProperties.capabilities[capability], true, capability);
  await connection.close();
});

scenario('The client\'s heartbeat and frame size are taken', async () => {
  const connection = await connect({ heartbeat: 1, frameMax: 8192 });
  const closed = event(connection, 'close', 60_000).then(() => 'closed');
  const channel = await channelOf(connection);
  const { queue } = await channel.assertQueue('', { exclusive: true });
  assert.equal(connection.connection.heartbeat, 1);
  assert.equal(connection.connection.frameMax, 8192);
  // amqplib closes after two silent intervals, so the broker's heartbeats must have come.
  const quiet = new Promise((resolve) => setTimeout(() => resolve('alive'), 4_000));
  assert.equal(await Promise.race([closed, quiet]), 'alive');
  channel.sendToQueue(queue, Buffer.alloc(100_000, 7));
  assert.equal((await channel.get(queue)).content.length, 100_000);
  await connection.close();
});

withChannel('Several channels work independently', async (first, connection) => {
  const queue = unique('channels');
  await first.assertQueue(queue);
  const others = await Promise.all(Array.from({ length: 20 }, () => channelOf(connection)));
  others.forEach((channel, i) => channel.sendToQueue(queue, Buffer.from(String(i))));
  await Promise.all(others.map((channel) => channel.close()));

  const broken = await channelOf(connection);
  await assert.rejects(broken.checkQueue(unique('absent')), /404/);

  const { messageCount } = await first.deleteQueue(queue);
  assert.equal(messageCount, 20);
});

scenario('Bytes that are no AMQP are answered with the protocol header', async () => {
  const socket = net.connect(Number(environment('AMQP_PORT')), '127.0.0.1');
  const chunks = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  socket.write('GET / HTTP/1.1\r\n\r\n');
  await event(socket, 'close');
  assert.deepEqual(Buffer.concat(chunks), Buffer.from([65, 77, 81, 80, 0, 0, 9, 1]));
});
