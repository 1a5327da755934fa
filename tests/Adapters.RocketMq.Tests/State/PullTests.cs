using Cmq.MultiProtocol.Adapters.RocketMq.Codec;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec.Headers;
using Cmq.MultiProtocol.Adapters.RocketMq.Tests.Fakes;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.RocketMq.Tests.State;

/// <summary>Specification sections 11 and 12.</summary>
public sealed class PullTests : IDisposable
{
    private readonly Desk _desk = new();

    public PullTests() => Broker.AddTopic("T", 2);

    private FakeBroker Broker => _desk.Broker;

    private Talk Client => _desk.Client;

    public void Dispose() => _desk.Dispose();

    [Fact]
    public void A_pulled_record_shows_what_was_sent()
    {
        Broker.NowMs = 5_000;
        Client.Send(Desk.Send("T", 1, "TAGS\u0001TagA\u0002colour\u0001red\u0002", RocketMqSysFlag.Compressed), "hello");

        RocketMqCommand answer = Client.Ask(RocketMqRequestCode.PullMessage, Desk.Pull("T", 1));

        RocketMqMessage record = Assert.Single(Desk.Records(answer));
        Assert.Equal(("FOUND", new PullMessageResponse(1, 0, 1)), (answer.Remark, PullMessageResponse.Read(answer.Fields!)));
        Assert.Equal(("T", 1, 0L, "hello"), (record.Topic, record.QueueId, record.QueueOffset, Desk.Text(record)));
        Assert.Equal((7, RocketMqSysFlag.Compressed, 1795226804249, 5_000L),
            (record.Flag, record.SysFlag, record.BornTimestampMs, record.StoreTimestampMs));
        Assert.Equal(("127.0.0.1:40000", Client.StoreHost), (record.BornHost.ToString(), record.StoreHost));
        Assert.Equal("TAGS\u0001TagA\u0002colour\u0001red\u0002", RocketMqProperties.Parse(record.Properties.Span).ToString());
    }

    [Theory]
    [InlineData(0, 0, 0, 0, RocketMqResponseCode.PullNotFound, 0)]
    [InlineData(0, 0, 3, 0, RocketMqResponseCode.PullOffsetMoved, 0)]
    [InlineData(2, 0, 2, 2, RocketMqResponseCode.PullNotFound, 2)]
    [InlineData(2, 0, 9, 2, RocketMqResponseCode.PullOffsetMoved, 0)]
    [InlineData(3, 2, 9, 3, RocketMqResponseCode.PullOffsetMoved, 3)]
    [InlineData(3, 2, 1, 3, RocketMqResponseCode.PullOffsetMoved, 2)]
    public void An_offset_without_messages_is_answered_by_the_table(
        int sent, long min, long offset, long max, RocketMqResponseCode code, long next)
    {
        for (int i = 0; i < sent; i++)
            Client.Send(Desk.Send("T"));
        Broker.Partition("T", 0).Min = min;

        RocketMqCommand answer = Client.Ask(RocketMqRequestCode.PullMessage, Desk.Pull("T", 0, offset));

        Assert.Equal((int)code, answer.Code);
        Assert.Equal(new PullMessageResponse(next, min, max), PullMessageResponse.Read(answer.Fields!));
    }

    [Fact]
    public void Only_messages_with_one_of_the_tags_come()
    {
        Client.Send(Desk.Send("T", 0, "TAGS\u0001TagA\u0002"), "a");
        Client.Send(Desk.Send("T", 0, "TAGS\u0001TagB\u0002"), "b");
        Client.Send(Desk.Send("T", 0), "none");
        Client.Send(Desk.Send("T", 0, "TAGS\u0001TagC\u0002"), "c");

        RocketMqCommand answer = Client.Ask(
            RocketMqRequestCode.PullMessage, Desk.Pull("T", subscription: "TagA || TagC"));

        Assert.Equal(["a", "c"], Desk.Records(answer).Select(Desk.Text));
    }

    [Fact]
    public void When_nothing_passes_the_filter_the_client_goes_on_behind_it_at_once()
    {
        Client.Send(Desk.Send("T", 0, "TAGS\u0001TagA\u0002"));

        RocketMqCommand answer = Client.Ask(
            RocketMqRequestCode.PullMessage, Desk.Pull("T", sysFlag: 6, subscription: "TagZ"));

        Assert.Equal(((int)RocketMqResponseCode.PullRetryImmediately, "NO_MATCHED_MESSAGE"), (answer.Code, answer.Remark));
        Assert.Equal(1, PullMessageResponse.Read(answer.Fields!).NextBeginOffset);
    }

    [Fact]
    public void A_pull_at_the_end_waits_for_the_next_message()
    {
        Client.Begin(RocketMqRequestCode.PullMessage, RocketMqFields.Of(Desk.Pull("T", sysFlag: 6)));
        Assert.Empty(Client.Answers);

        _desk.Talk(1).Send(Desk.Send("T"), "late");
        Client.Run();

        Assert.Equal("late", Desk.Text(Assert.Single(Desk.Records(Client.Answer()))));
    }

    [Fact]
    public void A_wait_that_was_in_vain_ends_with_not_found()
    {
        Client.Begin(RocketMqRequestCode.PullMessage, RocketMqFields.Of(Desk.Pull("T", sysFlag: 6)));

        Broker.LetWaitsEnd();
        Client.Run();

        RocketMqCommand answer = Client.Answer();
        Assert.Equal(((int)RocketMqResponseCode.PullNotFound, "NO_MESSAGE_IN_QUEUE"), (answer.Code, answer.Remark));
    }

    [Fact]
    public void Other_requests_are_answered_while_a_pull_waits()
    {
        Client.Begin(RocketMqRequestCode.PullMessage, RocketMqFields.Of(Desk.Pull("T", 1, sysFlag: 6)));

        Assert.Equal(0, Client.Send(Desk.Send("T")).Code);
        Assert.Equal(1, Client.Conversation.InFlight);
    }

    [Fact]
    public async Task A_connection_that_ends_gives_its_waits_up_without_an_answer()
    {
        Client.Begin(RocketMqRequestCode.PullMessage, RocketMqFields.Of(Desk.Pull("T", sysFlag: 6)));

        Task stopped = Client.Conversation.StopAsync();
        while (!stopped.IsCompleted)
            Client.Run();
        await stopped;

        Assert.Empty(Client.Answers);
        Assert.Empty(Client.Faults);
        Assert.True(Broker.Connections[0].IsDisposed);
    }

    [Fact]
    public void Without_a_filter_in_the_request_the_group_must_have_said_what_it_wants()
    {
        RocketMqCommand Ask(string topic, long version) => Client.Ask(RocketMqRequestCode.PullMessage,
            Desk.Pull(topic, sysFlag: 0, subscription: null) with { SubscriptionVersion = version });

        Assert.Equal((int)RocketMqResponseCode.SubscriptionNotExist, Ask("T", 1).Code);
        Client.Ask(RocketMqRequestCode.HeartBeat, null, Desk.Heartbeat("c1", "CG", "T", "TagA", version: 5));
        Broker.AddTopic("U", 1);
        Assert.Equal((int)RocketMqResponseCode.SubscriptionNotExist, Ask("U", 1).Code);
        Assert.Equal((int)RocketMqResponseCode.SubscriptionNotLatest, Ask("T", 6).Code);
        Client.Send(Desk.Send("T", 0, "TAGS\u0001TagB\u0002"));
        Client.Send(Desk.Send("T", 0, "TAGS\u0001TagA\u0002"), "mine");
        Assert.Equal("mine", Desk.Text(Assert.Single(Desk.Records(Ask("T", 5)))));
    }

    [Fact]
    public void A_pull_commits_the_offset_that_it_carries_once()
    {
        PullMessageRequest pull = Desk.Pull("T", sysFlag: 5) with { CommitOffset = 3 };

        Client.Ask(RocketMqRequestCode.PullMessage, pull);
        Client.Ask(RocketMqRequestCode.PullMessage, pull);
        Assert.Equal((3L, 1), (Broker.Offsets[("CG", Broker.Partition("T", 0).Info.Id)], Broker.Commits));

        Client.Ask(RocketMqRequestCode.PullMessage, pull with { CommitOffset = 4 });
        Client.Ask(RocketMqRequestCode.PullMessage, pull with { CommitOffset = -1 });
        Client.Ask(RocketMqRequestCode.PullMessage, pull with { CommitOffset = 9, SysFlag = 4 });
        Assert.Equal((4L, 2), (Broker.Offsets[("CG", Broker.Partition("T", 0).Info.Id)], Broker.Commits));
    }

    [Fact]
    public void What_cannot_be_read_is_refused()
    {
        int Code(PullMessageRequest pull) => Client.Ask(RocketMqRequestCode.PullMessage, pull).Code;

        Assert.Equal((int)RocketMqResponseCode.TopicNotExist, Code(Desk.Pull("ABSENT")));
        Assert.Equal((int)RocketMqResponseCode.SystemError, Code(Desk.Pull("T", 2)));
        Assert.Equal((int)RocketMqResponseCode.SystemError, Code(Desk.Pull("T") with { ExpressionType = "SQL92" }));
        Assert.Equal((int)RocketMqResponseCode.SystemError, Code(Desk.Pull("T", sysFlag: 8)));
        Broker.User.Denied.Add((Access.Read, "T"));
        Assert.Equal((int)RocketMqResponseCode.NoPermission, Code(Desk.Pull("T")));
    }

    [Fact]
    public void A_message_of_another_protocol_comes_with_its_key_as_tag()
    {
        Broker.Append(Broker.Partition("T", 0), new Publication
        {
            Topic = Broker.Topics["T"],
            RoutingKey = "red.wine",
            Format = PropertyFormat.None,
            Properties = default,
            Body = new("from elsewhere"u8.ToArray()),
        });

        RocketMqMessage record = Assert.Single(
            Desk.Records(Client.Ask(RocketMqRequestCode.PullMessage, Desk.Pull("T"))));

        Assert.Equal("TAGS\u0001red.wine\u0002", RocketMqProperties.Parse(record.Properties.Span).ToString());
        Assert.Equal("from elsewhere", Desk.Text(record));
    }
}
