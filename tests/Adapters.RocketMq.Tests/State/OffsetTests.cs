using Cmq.MultiProtocol.Adapters.RocketMq.Codec;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec.Headers;
using Cmq.MultiProtocol.Adapters.RocketMq.Tests.Fakes;

namespace Cmq.MultiProtocol.Adapters.RocketMq.Tests.State;

/// <summary>Specification sections 13 and 17.</summary>
public sealed class OffsetTests : IDisposable
{
    private readonly Desk _desk = new(new RocketMqOptions { YoungQueueMessages = 3 });

    public OffsetTests() => Broker.AddTopic("T", 1);

    private FakeBroker Broker => _desk.Broker;

    private Talk Client => _desk.Client;

    public void Dispose() => _desk.Dispose();

    [Fact]
    public void A_committed_offset_is_found_again_also_a_lower_one()
    {
        Commit(7);
        Assert.Equal(7, Query());
        Commit(2);
        Assert.Equal(2, Query());
    }

    /// <summary>ali-ons says so at the start of a queue.</summary>
    [Fact]
    public void A_negative_offset_changes_nothing()
    {
        Commit(7);
        Commit(-1);
        Assert.Equal(7, Query());
    }

    [Fact]
    public void A_new_group_starts_at_the_beginning_of_a_young_queue_and_chooses_itself_in_an_old_one()
    {
        Send(3);
        Assert.Equal(0, Query());

        Send(1);
        Assert.Null(Query());
    }

    [Fact]
    public void A_queue_that_lost_its_first_messages_is_not_young()
    {
        Send(2);
        Broker.Partition("T", 0).Min = 1;

        Assert.Null(Query());
    }

    [Fact]
    public void Bounds_and_the_first_store_time_are_those_of_the_queue()
    {
        Assert.Equal(-1, StoreTimeResponse.Read(Ask(RocketMqRequestCode.GetEarliestMsgStoreTime)).TimestampMs);
        Broker.NowMs = 5_000;
        Send(3);
        Broker.Partition("T", 0).Min = 1;

        Assert.Equal(3, OffsetResponse.Read(Ask(RocketMqRequestCode.GetMaxOffset)).Offset);
        Assert.Equal(1, OffsetResponse.Read(Ask(RocketMqRequestCode.GetMinOffset)).Offset);
        Assert.Equal(5_000, StoreTimeResponse.Read(Ask(RocketMqRequestCode.GetEarliestMsgStoreTime)).TimestampMs);
    }

    [Theory]
    [InlineData(500, 0)]
    [InlineData(1_000, 0)]
    [InlineData(1_400, 0)]
    [InlineData(1_500, 0)]
    [InlineData(1_600, 1)]
    [InlineData(2_000, 1)]
    [InlineData(9_000, 2)]
    public void A_time_finds_its_message_or_the_nearer_neighbour(long timeMs, long offset)
    {
        foreach (long ms in (long[])[1_000, 2_000, 4_000])
        {
            Broker.NowMs = ms;
            Send(1);
        }

        Assert.Equal(offset, Search(timeMs));
    }

    [Fact]
    public void In_an_empty_queue_every_time_is_offset_0() => Assert.Equal(0, Search(1));

    private long Search(long timeMs) => OffsetResponse.Read(Client.Ask(
        RocketMqRequestCode.SearchOffsetByTimestamp, new SearchOffsetRequest("T", 0, timeMs)).Fields!).Offset;

    private RocketMqFields Ask(RocketMqRequestCode code) =>
        Client.Ask(code, new QueueRequest("T", 0)).Fields!;

    private void Send(int count)
    {
        for (int i = 0; i < count; i++)
            Client.Send(Desk.Send("T"));
    }

    private void Commit(long offset) => Assert.Equal(0, Client.Ask(
        RocketMqRequestCode.UpdateConsumerOffset, new UpdateConsumerOffsetRequest("CG", "T", 0, offset)).Code);

    /// <returns>Null when the broker does not know.</returns>
    private long? Query()
    {
        RocketMqCommand answer = Client.Ask(
            RocketMqRequestCode.QueryConsumerOffset, new QueryConsumerOffsetRequest("CG", "T", 0));
        return answer.Code == (int)RocketMqResponseCode.QueryNotFound ? null : OffsetResponse.Read(answer.Fields!).Offset;
    }
}
