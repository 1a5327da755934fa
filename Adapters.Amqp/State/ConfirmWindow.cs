namespace Cmq.MultiProtocol.Adapters.Amqp.State;

/// <summary>Publishes of a confirming channel that have not been answered. What is done from the oldest on
/// goes out as one confirm with <c>multiple</c>; what is done behind an open one goes out by itself, so that
/// a slow queue never keeps the confirms of others back, and nothing is ever confirmed that is not
/// done.</summary>
internal sealed class ConfirmWindow
{
    /// <summary>State of number <c>_first + i</c>, in a ring whose size is a power of two.</summary>
    private State[] _ring = new State[64];
    private ulong _first = 1;
    private ulong _next = 1;

    /// <summary>Done since the last collection, in order of completion.</summary>
    private readonly List<ulong> _done = [];

    private enum State : byte
    {
        Open,
        Acked,
        Nacked,
        Reported,
    }

    /// <summary>Numbers handed out and not yet collected.</summary>
    public int Count => (int)(_next - _first);

    /// <summary>Something can be collected.</summary>
    public bool IsDirty => _done.Count > 0;

    /// <summary>The next publish's number, from 1.</summary>
    public ulong Next()
    {
        if (Count == _ring.Length)
            Grow();
        this[_next] = State.Open;
        return _next++;
    }

    public void Complete(ulong number, bool stored)
    {
        if (number < _first || number >= _next || this[number] != State.Open)
            return;
        this[number] = stored ? State.Acked : State.Nacked;
        _done.Add(number);
    }

    /// <summary>Hands out what to send: (number, multiple, ack), in an order that is right for the
    /// client.</summary>
    public void Collect(Action<ulong, bool, bool> send)
    {
        while (_first < _next && this[_first] is State.Acked or State.Nacked or State.Reported)
            CollectRun(send);
        foreach (ulong number in _done)
        {
            if (number < _first || this[number] is not (State.Acked or State.Nacked))
                continue;
            send(number, false, this[number] == State.Acked);
            this[number] = State.Reported;
        }
        _done.Clear();
    }

    /// <summary>One run of equal outcomes from the oldest on.</summary>
    private void CollectRun(Action<ulong, bool, bool> send)
    {
        State kind = State.Reported;
        ulong last = 0;
        int count = 0;
        while (_first < _next)
        {
            State state = this[_first];
            if (state == State.Open || (state != State.Reported && kind != State.Reported && state != kind))
                break;
            if (state != State.Reported)
            {
                kind = state;
                last = _first;
                count++;
            }
            _first++;
        }
        if (count > 0)
            send(last, count > 1, kind == State.Acked);
    }

    private ref State this[ulong number] => ref _ring[number & (ulong)(_ring.Length - 1)];

    private void Grow()
    {
        var larger = new State[_ring.Length * 2];
        for (ulong number = _first; number < _next; number++)
            larger[number & (ulong)(larger.Length - 1)] = this[number];
        _ring = larger;
    }
}
