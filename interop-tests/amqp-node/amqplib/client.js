'use strict';

const amqp = require('amqplib');
const { environment, scenario } = require('../scenarios');

const options = (changes) => ({
  protocol: 'amqp',
  hostname: '127.0.0.1',
  port: Number(environment('AMQP_PORT')),
  username: 'guest',
  password: 'guest',
  vhost: '/',
  ...changes,
});

const connect = async (changes) => {
  const connection = await amqp.connect(options(changes));
  // A refused method closes its channel; the call that was refused rejects and is what a scenario looks at.
  connection.on('error', () => undefined);
  return connection;
};

const channelOf = async (connection) => {
  const channel = await connection.createChannel();
  channel.on('error', () => undefined);
  return channel;
};

/** A scenario with a connection and a channel of its own. */
const withChannel = (name, body) =>
  scenario(name, async () => {
    const connection = await connect();
    try {
      await body(await channelOf(connection), connection);
    } finally {
      await connection.close().catch((failure) => {
        if (!/closed|closing/i.test(failure.message)) throw failure;
      });
    }
  });

/** The deliveries of a queue as an endless row: next() waits for one. A cancellation arrives as null. */
const deliveries = async (channel, queue, consumeOptions) => {
  const arrived = [];
  const waiting = [];
  const { consumerTag } = await channel.consume(
    queue,
    (message) => (waiting.length > 0 ? waiting.shift()(message) : arrived.push(message)),
    consumeOptions,
  );
  return {
    consumerTag,
    next: () => (arrived.length > 0 ? Promise.resolve(arrived.shift()) : new Promise((got) => waiting.push(got))),
    pending: () => arrived.length,
  };
};

module.exports = { options, connect, channelOf, withChannel, deliveries };
