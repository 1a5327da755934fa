using Cmq.MultiProtocol.Core.Subscriptions;
using Cmq.MultiProtocol.Core.Tests.Metadata;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Subscriptions;

[Collection(AloneCollection.Name)]
public sealed class FilterMemoryTests
{
    private const int Filters = 19_000;

    private static readonly TopicId Topic = new(7);

    [Fact]
    public void A_filter_of_a_connection_of_its_own_costs_less_than_300_bytes_where_it_is()
    {
        var sink = new CountingSink();
        var subscribers = new Subscriber[Filters];
        SubscriptionTable table = SubscriptionTable.Empty;
        long before = GC.GetTotalMemory(forceFullCollection: true);

        for (int i = 0; i < Filters; i++)
        {
            subscribers[i] = new Subscriber(i, sink);
            var listener = new Listener(subscribers[i], FilterOf(i), transientOnly: false);
            subscribers[i].Filters = subscribers[i].Filters.With(listener);
            table = table.With(listener);
        }

        long each = (GC.GetTotalMemory(forceFullCollection: true) - before) / Filters;
        Assert.InRange(each, 100, 300);
        GC.KeepAlive(table);
        GC.KeepAlive(subscribers);
    }

    [Fact]
    public void A_filter_costs_less_than_300_bytes_on_every_other_node()
    {
        var node = new RemoteListener(new NodeId(2), 1, 1, 0);
        SubscriptionTable table = SubscriptionTable.Empty;
        long before = GC.GetTotalMemory(forceFullCollection: true);

        for (int i = 0; i < Filters; i++)
            table = table.With(FilterOf(i), node);

        long each = (GC.GetTotalMemory(forceFullCollection: true) - before) / Filters;
        Assert.InRange(each, 100, 300);
        GC.KeepAlive(table);
    }

    private static FilterKey FilterOf(int i) => new(Topic, $"devices.{i:000000}.commands", null);
}
