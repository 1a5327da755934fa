using Cmq.MultiProtocol.Adapters.Amqp.Codec;
using Cmq.MultiProtocol.Adapters.Amqp.Codec.Methods;
using Cmq.MultiProtocol.Adapters.Amqp.Tests.Fakes;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Amqp.Tests.State;

/// <summary>Checklist sections 3, 5 and 6: declaring, binding, deleting, and the texts that clients match
/// on.</summary>
public sealed class QueueTests
{
    private const string Q = "queue 'q' in vhost '/'";

    public static TheoryData<AmqpTable, AmqpTable, string> Inequivalent => new()
    {
        {
            default, Int("x-message-ttl", 60_000),
            $"inequivalent arg 'x-message-ttl' for {Q}: received the value '60000' of type 'signedint' but current is none"
        },
        {
            Table(AmqpFieldType.SignedShort, "x-message-ttl", [3, 232]), default,
            $"inequivalent arg 'x-message-ttl' for {Q}: received none but current is the value '1000' of type 'short'"
        },
        {
            Int("x-max-length", 1_000), Int("x-max-length", 2_000),
            $"inequivalent arg 'x-max-length' for {Q}: received '2000' but current is '1000'"
        },
        {
            Text("x-dead-letter-exchange", "a"), Text("x-dead-letter-exchange", "b"),
            $"inequivalent arg 'x-dead-letter-exchange' for {Q}: received 'b' but current is 'a'"
        },
    };

    public static TheoryData<AmqpTable, string> BadArguments => new()
    {
        { Text("x-message-ttl", "1"), $"invalid arg 'x-message-ttl' for {Q}: {{unacceptable_type,longstr}}" },
        { Int("x-message-ttl", -1), $"invalid arg 'x-message-ttl' for {Q}: {{value_negative,-1}}" },
        { Int("x-expires", 0), $"invalid arg 'x-expires' for {Q}: {{value_zero,0}}" },
        { Int("x-max-length", -5), $"invalid arg 'x-max-length' for {Q}: {{value_negative,-5}}" },
        {
            Text("x-dead-letter-routing-key", "k"),
            $"invalid arg 'x-dead-letter-routing-key' for {Q}: routing_key_but_no_dlx_defined"
        },
        { Text("x-queue-mode", "fast"), $"invalid arg 'x-queue-mode' for {Q}: invalid_queue_mode" },
        { Int("x-dead-letter-exchange", 1), $"invalid type 'signedint' for arg 'x-dead-letter-exchange' in {Q}" },
    };

    [Fact]
    public void A_declared_queue_has_its_settings_and_its_arguments()
    {
        using Talk talk = Talk.Open();
        AmqpTable arguments = AmqpTable.Build(table =>
        {
            table.Long("x-message-ttl", 1_000);
            table.Int("x-expires", 2_000);
            table.Int("x-max-length", 3);
            table.Int("x-max-length-bytes", 4);
            table.Text("x-dead-letter-exchange", "");
            table.Text("x-dead-letter-routing-key", "dead");
            table.Text("x-queue-mode", "lazy");
            table.Text("x-unknown", "kept");
        });

        talk.Send(1, new QueueDeclare("q", false, true, false, true, false, arguments));

        Assert.Equal(new QueueDeclareOk("q", 0, 0), talk.Expect<QueueDeclareOk>(1));
        QueueInfo queue = talk.Broker.Queues["q"].Info;
        Assert.Equal((1_000, 2_000, 3, 4), (queue.Settings.MessageTtlMs, queue.Settings.IdleExpiryMs,
            queue.Settings.MaxMessages, queue.Settings.MaxBytes));
        Assert.Equal(new DeadLetterTarget("", "dead"), queue.Settings.DeadLetter);
        Assert.Equal(arguments.Encoded.ToArray(), queue.Arguments.ToArray());
        Assert.True(queue is { Durable: true, AutoDelete: true, Owner: null });
    }

    [Theory, MemberData(nameof(Inequivalent))]
    public void Declaring_again_with_another_argument_is_refused(AmqpTable first, AmqpTable second, string text)
    {
        using Talk talk = Talk.Open();
        Declare(talk, first);
        talk.Expect<QueueDeclareOk>(1);
        Declare(talk, second);
        talk.ExpectChannelClose(1, AmqpCode.PreconditionFailed, "PRECONDITION_FAILED - " + text);
    }

    [Fact]
    public void Integers_of_another_width_and_unknown_arguments_are_equivalent()
    {
        using Talk talk = Talk.Open();
        Declare(talk, Int("x-message-ttl", 1_000));
        talk.Expect<QueueDeclareOk>(1);
        Declare(talk, AmqpTable.Build(table =>
        {
            table.Long("x-message-ttl", 1_000);
            table.Text("x-unknown", "ignored");
        }));
        talk.Expect<QueueDeclareOk>(1);
    }

    [Fact]
    public void Declaring_again_with_other_flags_is_refused()
    {
        using Talk talk = Talk.Open();
        talk.Broker.AddQueue("q");
        talk.Send(1, new QueueDeclare("q", false, false, false, false, false, default));
        talk.ExpectChannelClose(1, AmqpCode.PreconditionFailed,
            $"PRECONDITION_FAILED - inequivalent arg 'durable' for {Q}: received 'false' but current is 'true'");
        talk.OpenChannel(1);
        talk.Send(1, new QueueDeclare("q", false, true, false, true, false, default));
        talk.ExpectChannelClose(1, AmqpCode.PreconditionFailed,
            $"PRECONDITION_FAILED - inequivalent arg 'auto_delete' for {Q}: received 'true' but current is 'false'");
    }

    [Theory, MemberData(nameof(BadArguments))]
    public void A_bad_argument_is_refused(AmqpTable arguments, string text)
    {
        using Talk talk = Talk.Open();
        Declare(talk, arguments);
        talk.ExpectChannelClose(1, AmqpCode.PreconditionFailed, "PRECONDITION_FAILED - " + text);
        Assert.Empty(talk.Broker.Queues);
    }

    [Fact]
    public void An_exclusive_queue_is_locked_for_everyone_else_in_every_way()
    {
        using Talk talk = Talk.Open();
        talk.Broker.AddQueue("q", new ConnectionKey(new NodeIncarnation(new NodeId(9), 1), 1));
        var locked = new Action[]
        {
            () => talk.Send(1, new QueueDeclare("q", true, false, false, false, false, default)),
            () => talk.Send(1, new QueueDeclare("q", false, false, true, false, false, default)),
            () => talk.Send(1, new QueueBind("q", "amq.direct", "", false, default)),
            () => talk.Send(1, new QueueUnbind("q", "amq.direct", "", default)),
            () => talk.Send(1, new QueuePurge("q", false)),
            () => talk.Send(1, new QueueDelete("q", false, false, false)),
            () => talk.Send(1, new BasicGet("q", true)),
            () => talk.Send(1, new BasicConsume("q", "", false, true, false, false, default)),
        };
        foreach (Action act in locked)
        {
            act();
            talk.ExpectChannelClose(
                1, AmqpCode.ResourceLocked, $"RESOURCE_LOCKED - cannot obtain exclusive access to locked {Q}");
            talk.OpenChannel(1);
        }
    }

    [Fact]
    public void An_exclusive_queue_is_its_owners_and_never_durable()
    {
        using Talk talk = Talk.Open();
        talk.Send(1, new QueueDeclare("q", false, Durable: true, Exclusive: true, false, false, default));
        talk.Expect<QueueDeclareOk>(1);
        Assert.Equal(talk.Link.Key, talk.Broker.Queues["q"].Info.Owner);
        Assert.False(talk.Broker.Queues["q"].Info.Durable);
        talk.Send(1, new QueueDeclare("q", false, Durable: true, Exclusive: true, false, false, default));
        talk.Expect<QueueDeclareOk>(1);
    }

    [Fact]
    public void A_server_named_queue_stands_for_the_empty_name_and_key()
    {
        using Talk talk = Talk.Open();
        talk.Send(1, new QueueDeclare("", false, false, true, false, false, default));
        string name = talk.Expect<QueueDeclareOk>(1).Queue;
        Assert.StartsWith("amq.gen-", name, StringComparison.Ordinal);

        talk.Send(1, new QueueBind("", "amq.direct", "", false, default));
        talk.Expect<QueueBindOk>(1);
        Assert.Equal(name, talk.Broker.Bindings.Single().Key);
        talk.Send(1, new BasicGet("", true));
        talk.Expect<BasicGetEmpty>(1);
        talk.Send(1, new QueueDelete("", false, false, false));
        talk.Expect<QueueDeleteOk>(1);
        Assert.Empty(talk.Broker.Queues);
    }

    [Fact]
    public void Without_a_declared_queue_the_empty_name_means_nothing()
    {
        using Talk talk = Talk.Open();
        talk.Send(1, new BasicGet("", true));
        talk.ExpectChannelClose(1, AmqpCode.NotFound, "NOT_FOUND - no previously declared queue");
    }

    [Fact]
    public void What_is_not_there_is_not_found_but_can_be_deleted_and_unbound()
    {
        using Talk talk = Talk.Open();
        talk.Send(1, new QueueDelete("gone", false, false, false));
        Assert.Equal(0u, talk.Expect<QueueDeleteOk>(1).MessageCount);
        talk.Send(1, new ExchangeDelete("gone", false, false));
        talk.Expect<ExchangeDeleteOk>(1);
        talk.Send(1, new QueueUnbind("gone", "amq.direct", "k", default));
        talk.Expect<QueueUnbindOk>(1);
        talk.Send(1, new QueueDeclare("gone", true, false, false, false, false, default));
        talk.ExpectChannelClose(1, AmqpCode.NotFound, "NOT_FOUND - no queue 'gone' in vhost '/'");
        talk.OpenChannel(1);
        talk.Send(1, new ExchangeDeclare("gone", "direct", true, false, false, false, false, default));
        talk.ExpectChannelClose(1, AmqpCode.NotFound, "NOT_FOUND - no exchange 'gone' in vhost '/'");
        talk.OpenChannel(1);
        talk.Broker.AddQueue("q");
        talk.Send(1, new QueueBind("q", "gone", "", false, default));
        talk.ExpectChannelClose(1, AmqpCode.NotFound, "NOT_FOUND - no exchange 'gone' in vhost '/'");
    }

    [Fact]
    public void Conditional_deletes_say_why_not()
    {
        using Talk talk = Talk.Open();
        talk.Broker.AddQueue("q");
        talk.Publish(1, "", "q", [1]);
        talk.Send(1, new QueueDelete("q", false, IfEmpty: true, false));
        talk.ExpectChannelClose(1, AmqpCode.PreconditionFailed, $"PRECONDITION_FAILED - {Q} not empty");
        talk.OpenChannel(1);
        talk.Send(1, new BasicConsume("q", "t", false, false, false, false, default));
        talk.Expect<BasicConsumeOk>(1);
        talk.Sent.Clear();
        talk.OpenChannel(2);
        talk.Send(2, new QueueDelete("q", IfUnused: true, false, false));
        talk.ExpectChannelClose(2, AmqpCode.PreconditionFailed, $"PRECONDITION_FAILED - {Q} in use");
    }

    [Fact]
    public void Reserved_names_and_the_default_exchange_are_protected()
    {
        Closed(talk => talk.Send(1, new QueueDeclare("amq.x", false, false, false, false, false, default)),
            "queue name 'amq.x' contains reserved prefix 'amq.*'");
        Closed(talk => Declare(talk, "amq.x", "direct"), "exchange name 'amq.x' contains reserved prefix 'amq.*'");
        Closed(talk => Declare(talk, "", "direct"), "operation not permitted on the default exchange");
        Closed(talk => talk.Send(1, new ExchangeDelete("", false, false)),
            "operation not permitted on the default exchange");
        Closed(talk => talk.Send(1, new ExchangeDelete("amq.direct", false, false)),
            "deletion of system exchange 'amq.direct' in vhost '/' not allowed");
        Closed(talk => talk.Send(1, new QueueBind("q", "", "k", false, default)),
            "operation not permitted on the default exchange");

        static void Closed(Action<Talk> act, string text)
        {
            using Talk talk = Talk.Open();
            talk.Broker.AddQueue("q");
            act(talk);
            talk.ExpectChannelClose(1, AmqpCode.AccessRefused, "ACCESS_REFUSED - " + text);
        }
    }

    [Fact]
    public void An_exchange_is_declared_once_and_compared_afterwards()
    {
        using Talk talk = Talk.Open();
        Declare(talk, "e", "topic");
        talk.Expect<ExchangeDeclareOk>(1);
        Assert.Equal(TopicKind.Pattern, talk.Broker.Topics["e"].Kind);
        Declare(talk, "e", "topic");
        talk.Expect<ExchangeDeclareOk>(1);
        Declare(talk, "e", "fanout");
        talk.ExpectChannelClose(1, AmqpCode.PreconditionFailed, "PRECONDITION_FAILED - inequivalent arg 'type' for "
            + "exchange 'e' in vhost '/': received 'fanout' but current is 'topic'");
    }

    [Fact]
    public void An_unknown_exchange_type_closes_the_connection()
    {
        using Talk talk = Talk.Open();
        Declare(talk, "e", "x-strange");
        talk.ExpectConnectionClose(AmqpCode.CommandInvalid, "COMMAND_INVALID - unknown exchange type 'x-strange'");
    }

    [Fact]
    public void A_headers_binding_is_read_and_checked()
    {
        using Talk talk = Talk.Open();
        talk.Broker.AddQueue("q");
        talk.Send(1, new QueueBind("q", "amq.headers", "", false, AmqpTable.Build(table =>
        {
            table.Text("x-match", "any");
            table.Int("n", 5);
            table.Void("present");
            table.Text("x-ignored", "y");
        })));
        talk.Expect<QueueBindOk>(1);
        HeaderMatch match = talk.Broker.Bindings.Single().Match!;
        Assert.False(match.All);
        Assert.Equal([new("n", new(HeaderValueKind.Integer, 5, "")), new("present", HeaderValue.Void)], match.Conditions);

        talk.Send(1, new QueueBind("q", "amq.headers", "", false, Text("x-match", "foo")));
        talk.ExpectChannelClose(1, AmqpCode.PreconditionFailed,
            "PRECONDITION_FAILED - Invalid x-match field value <<\"foo\">>; expected all or any");
        talk.OpenChannel(1);
        talk.Send(1, new QueueBind(
            "q", "amq.headers", "", false, Table(AmqpFieldType.SignedByte, "x-match", [4])));
        talk.ExpectChannelClose(1, AmqpCode.PreconditionFailed,
            "PRECONDITION_FAILED - Invalid x-match field type byte (value 4); expected longstr");
    }

    [Fact]
    public void A_passive_declare_without_a_name_does_not_mean_the_last_declared_queue()
    {
        using Talk talk = Talk.Open();
        Declare(talk, default);
        talk.Expect<QueueDeclareOk>(1);
        talk.Send(1, new QueueDeclare("", Passive: true, false, false, false, false, default));
        talk.ExpectChannelClose(1, AmqpCode.NotFound, "NOT_FOUND - no queue '' in vhost '/'");
    }

    [Fact]
    public void The_order_of_binding_arguments_does_not_count()
    {
        using Talk talk = Talk.Open();
        talk.Broker.AddQueue("q");
        Bind("b", "a");
        Bind("a", "b");
        Assert.Equal(talk.Broker.Bindings[0].Arguments.ToArray(), talk.Broker.Bindings[1].Arguments.ToArray());

        void Bind(string first, string second)
        {
            talk.Send(1, new QueueBind("q", "amq.direct", "", false, AmqpTable.Build(table =>
            {
                table.Text(first, first);
                table.Text(second, second);
            })));
            talk.Expect<QueueBindOk>(1);
        }
    }

    [Fact]
    public void Exchanges_are_bound_to_exchanges_and_the_source_is_looked_for_first()
    {
        using Talk talk = Talk.Open();
        talk.Send(1, new ExchangeBind("amq.fanout", "amq.direct", "k", false, default));
        talk.Expect<ExchangeBindOk>(1);
        BindingInfo bound = talk.Broker.Bindings.Single();
        Assert.Equal((talk.Link.FindTopic("amq.direct")!.Id, talk.Link.FindTopic("amq.fanout")!.Id, "k"),
            (bound.Source, bound.TargetTopic!.Value, bound.Key));
        talk.Send(1, new ExchangeUnbind("amq.fanout", "amq.direct", "k", false, default));
        talk.Expect<ExchangeUnbindOk>(1);
        Assert.Empty(talk.Broker.Bindings);
        talk.Send(1, new ExchangeUnbind("gone", "amq.direct", "k", false, default));
        talk.Expect<ExchangeUnbindOk>(1);
        talk.Send(1, new ExchangeBind("gone", "gone too", "k", false, default));
        talk.ExpectChannelClose(
            1, AmqpCode.NotFound, "NOT_FOUND - no exchange 'gone too' in vhost '/'");
        talk.OpenChannel(1);
        talk.Send(1, new ExchangeBind("amq.fanout", "", "k", false, default));
        talk.ExpectChannelClose(
            1, AmqpCode.AccessRefused, "ACCESS_REFUSED - operation not permitted on the default exchange");
    }

    [Fact]
    public void Permissions_are_asked_as_the_table_says()
    {
        Denied(Access.Configure, "q", t => Declare(t, default), "queue 'q'");
        Denied(Access.Configure, "q", t => t.Send(1, new QueueDelete("q", false, false, false)), "queue 'q'");
        Denied(Access.Write, "q", t => t.Send(1, new QueueBind("q", "amq.direct", "", false, default)), "queue 'q'");
        Denied(Access.Read, "amq.direct", t => t.Send(1, new QueueBind("q", "amq.direct", "", false, default)),
            "exchange 'amq.direct'");
        Denied(Access.Write, "amq.fanout",
            t => t.Send(1, new ExchangeBind("amq.fanout", "amq.direct", "", false, default)), "exchange 'amq.fanout'");
        Denied(Access.Read, "amq.direct",
            t => t.Send(1, new ExchangeUnbind("amq.fanout", "amq.direct", "", false, default)), "exchange 'amq.direct'");
        Denied(Access.Read, "q", t => t.Send(1, new QueuePurge("q", false)), "queue 'q'");
        Denied(Access.Read, "q", t => t.Send(1, new BasicGet("q", true)), "queue 'q'");
        Denied(Access.Read, "q", t => t.Send(1, new BasicConsume("q", "", false, true, false, false, default)),
            "queue 'q'");
        Denied(Access.Configure, "e", t => Declare(t, "e", "direct"), "exchange 'e'");
        Denied(Access.Write, "amq.default", t => t.Publish(1, "", "q", []), "exchange 'amq.default'");
        Denied(Access.Read, "q", t => Declare(t, "new", Text("x-dead-letter-exchange", "dlx")), null);
        Denied(Access.Write, "dlx", t => Declare(t, "new", Text("x-dead-letter-exchange", "dlx")), "exchange 'dlx'");
        Denied(Access.Read, "new", t => Declare(t, "new", Text("x-dead-letter-exchange", "dlx")), "queue 'new'");

        static void Denied(Access access, string name, Action<Talk> act, string? resource)
        {
            using Talk talk = Talk.Open();
            talk.Broker.AddQueue("q");
            talk.Broker.User.Denied.Add((access, name));
            act(talk);
            if (resource is not null)
            {
                talk.ExpectChannelClose(1, AmqpCode.AccessRefused,
                    $"ACCESS_REFUSED - access to {resource} in vhost '/' refused for user 'guest'");
            }
            else
            {
                talk.Expect<QueueDeclareOk>(1);
            }
        }
    }

    private static void Declare(Talk talk, AmqpTable arguments) => Declare(talk, "q", arguments);

    private static void Declare(Talk talk, string queue, AmqpTable arguments) =>
        talk.Send(1, new QueueDeclare(queue, false, true, false, false, false, arguments));

    private static void Declare(Talk talk, string exchange, string type) =>
        talk.Send(1, new ExchangeDeclare(exchange, type, false, true, false, false, false, default));

    private static AmqpTable Int(string key, int value) => AmqpTable.Build(table => table.Int(key, value));

    private static AmqpTable Text(string key, string value) => AmqpTable.Build(table => table.Text(key, value));

    private static AmqpTable Table(AmqpFieldType type, string key, byte[] value) =>
        AmqpTable.Build(table => table.Any(key, type, value));
}
