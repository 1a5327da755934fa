using Cmq.MultiProtocol.Core.Cluster;

namespace Cmq.MultiProtocol.Simulation.Nodes;

/// <summary>Runs the steps of a group as events of the world.</summary>
internal sealed class SimulatedRunner(SimulatedNode node, GroupHost group) : IGroupRunner
{
    /// <summary>A thread that is woken runs a little later.</summary>
    private const long MaxWakeUs = 60;

    private long _awaited = long.MaxValue;
    private long _number;
    private bool _isRunning;

    public void Start()
    {
        _isRunning = true;
        StepAt(node.NowUs);
    }

    public void Wake()
    {
        if (_isRunning)
            StepAt(node.NowUs + node.Dice.Between(1, MaxWakeUs));
    }

    public ValueTask DisposeAsync()
    {
        _isRunning = false;
        return ValueTask.CompletedTask;
    }

    private void StepAt(long atUs)
    {
        if (atUs >= _awaited)
            return;
        _awaited = atUs;
        long number = ++_number;
        node.Schedule(atUs - node.NowUs, () =>
        {
            if (number == _number)
                Step();
        });
    }

    private void Step()
    {
        _awaited = long.MaxValue;
        if (!_isRunning)
            return;
        long? waitMs = group.Step();
        node.Stepped(group);
        if (waitMs is { } wait)
            StepAt(node.NowUs + Math.Max(1, wait * 1000));
        else
            _isRunning = false;
    }
}
