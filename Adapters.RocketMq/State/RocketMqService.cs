using System.Globalization;
using Cmq.MultiProtocol.Core;

namespace Cmq.MultiProtocol.Adapters.RocketMq.State;

/// <summary>Under which name a node tells the others where it serves a data group.</summary>
public static class RocketMqService
{
    public static string NameOf(GroupId group) =>
        "rocketmq:" + group.Value.ToString(CultureInfo.InvariantCulture);
}
