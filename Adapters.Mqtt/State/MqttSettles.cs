using System.Runtime.InteropServices;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Mqtt.State;

/// <summary>Collects what a turn settles, so that a stream of acknowledgements is one call; keeps their order.
/// </summary>
internal sealed class MqttSettles(IBrokerConnection broker)
{
    private const int MaxMessages = 1_024;

    /// <summary>Null while idle.</summary>
    private List<long>? _sequences;
    private QueueId _queue;
    private SettleOutcome _outcome;

    public void Add(QueueId queue, long sequence, SettleOutcome outcome)
    {
        if (_sequences is not null && (queue != _queue || outcome != _outcome || _sequences.Count == MaxMessages))
            Flush();
        _queue = queue;
        _outcome = outcome;
        (_sequences ??= []).Add(sequence);
    }

    /// <summary>Before every call whose answer depends on what was settled, and at the end of a turn.</summary>
    public void Flush()
    {
        if (_sequences is null)
            return;
        broker.Settle(_queue, CollectionsMarshal.AsSpan(_sequences), _outcome);
        _sequences = null;
    }
}
