using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>What routing finds for one publication. Kept per thread and not per connection, most of which publish
/// nothing for hours; it is taken out while in use.</summary>
internal sealed class Routing
{
    /// <summary>Longer lists are not used again, items.</summary>
    private const int MaxKept = 4_096;

    [ThreadStatic]
    private static Routing? t_idle;

    /// <summary>Queues that get it.</summary>
    public List<QueueInfo> Targets { get; private set; } = [];

    /// <summary>Topics that it visits.</summary>
    public List<TopicId> Topics { get; } = [];

    public static Routing Take()
    {
        Routing routing = t_idle ?? new Routing();
        t_idle = null;
        return routing;
    }

    public void GiveBack()
    {
        if (Targets.Capacity > MaxKept)
            Targets = [];
        else
            Targets.Clear();
        Topics.Clear();
        t_idle = this;
    }
}
