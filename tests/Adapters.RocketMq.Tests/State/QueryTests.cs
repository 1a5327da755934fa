using Cmq.MultiProtocol.Adapters.RocketMq.Codec;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec.Headers;
using Cmq.MultiProtocol.Adapters.RocketMq.Tests.Fakes;

namespace Cmq.MultiProtocol.Adapters.RocketMq.Tests.State;

/// <summary>Specification section 17, queries.</summary>
public sealed class QueryTests
{
    [Fact]
    public void An_answer_to_a_query_holds_the_newest_that_fit()
    {
        using var desk = new Desk();
        desk.Broker.AddTopic("T", 1);
        string filling = new('x', 1_500_000);
        for (int i = 0; i < 5; i++)
            desk.Client.Send(Desk.Send("T", 0, "KEYS\u0001k\u0002"), i + filling);

        List<RocketMqMessage> found = Desk.Records(desk.Client.Ask(
            RocketMqRequestCode.QueryMessage, new QueryMessageRequest("T", "k", 32, 0, long.MaxValue, false)));

        Assert.Equal(["3", "4"], found.Select(message => Desk.Text(message)[..1]));
    }
}
