using System.Buffers.Binary;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Simulation.Checks;

/// <summary>
/// What the openings of one name say of its session: epochs rise, whoever opens it finds what the owner before was told
/// is recorded, and an owner of before changes nothing any more.
/// </summary>
internal sealed class TestSession(Verdict verdict, string name)
{
    private readonly SortedDictionary<string, Register> _filters = new(StringComparer.Ordinal);
    private readonly SortedDictionary<int, Register> _inbound = [];

    /// <summary>Openings that begin or end a session, and of which nobody knows whether they did.</summary>
    private int _openEnds;
    private bool _exists;
    private bool _mayBeGone;
    private long _id;
    private long _lastNumber;
    private long _lastValue;

    public string Name => name;

    /// <summary>Highest epoch that an opening was answered with.</summary>
    public long Epoch { get; private set; }

    /// <summary>Somebody begins to open it.</summary>
    /// <param name="mayEnd">The session of before, or this one, may end by it.</param>
    /// <returns>The epoch that the new one must be above.</returns>
    public long BeginOpen(bool mayEnd)
    {
        _openEnds += mayEnd ? 1 : 0;
        _mayBeGone |= mayEnd;
        return Epoch;
    }

    /// <summary>An opening was answered; without a session it took no effect, and takes none later.</summary>
    public void Opened(ISession? session, long aboveEpoch, bool mayEnd)
    {
        _openEnds -= mayEnd ? 1 : 0;
        if (session is null)
            return;
        verdict.Check(session.Epoch > aboveEpoch && session.Epoch != Epoch,
            $"session {name} is opened under epoch {session.Epoch}, and was under {aboveEpoch} before");
        // The answer to a later opening came first.
        if (session.Epoch < Epoch)
            return;
        Epoch = session.Epoch;
        if (session.IsPresent)
            Find(session);
        else
            Begin(session);
        _exists = true;
        _mayBeGone = mayEnd || _openEnds > 0;
    }

    /// <summary>A change begins; what it writes is unlike anything that was written before.</summary>
    public long BeginPut(long epoch, string filter)
    {
        long value = ++_lastValue;
        BeginChange(epoch, RegisterOf(_filters, filter), value);
        return value;
    }

    public void BeginRemove(long epoch, string filter) => BeginChange(epoch, RegisterOf(_filters, filter), 0);

    public void EndFilter(long epoch, string filter, long value)
    {
        if (epoch == Epoch)
            RegisterOf(_filters, filter).Set(value);
    }

    public void BeginInbound(long epoch, int id) => BeginChange(epoch, RegisterOf(_inbound, id), Register.Anything);

    /// <param name="epoch">Of the opening that recorded it.</param>
    /// <param name="id">The packet's.</param>
    /// <param name="number">The answer.</param>
    public void EndInbound(long epoch, int id, long number)
    {
        if (epoch != Epoch)
            return;
        Register register = RegisterOf(_inbound, id);
        bool isKnown = register.Value == number;
        verdict.Check(isKnown || (register.MayChange && number > _lastNumber),
            $"session {name} records packet {id} as {number}; it was {register.Value}, and {_lastNumber} is used");
        _lastNumber = Math.Max(_lastNumber, number);
        register.Set(number);
    }

    public void BeginForget(long epoch, int id) => BeginChange(epoch, RegisterOf(_inbound, id), 0);

    public void EndForget(long epoch, int id)
    {
        if (epoch == Epoch)
            RegisterOf(_inbound, id).Set(0);
    }

    /// <summary>A change was taken whose owner had lost the session before it asked.</summary>
    /// <param name="epoch">The owner's.</param>
    /// <param name="newest">The highest that was known when the change began.</param>
    public void CheckOwner(long epoch, long newest) => verdict.Check(epoch >= newest,
        $"session {name} has epoch {newest}, and a change under {epoch} was taken");

    public static byte[] OptionsOf(long value)
    {
        byte[] options = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(options, value);
        return options;
    }

    private void BeginChange(long epoch, Register register, long value)
    {
        if (epoch == Epoch)
            register.Begin(value);
    }

    private void Begin(ISession session)
    {
        verdict.Check(!_exists || _mayBeGone, $"session {name} is gone, and nobody has ended it");
        verdict.Check(session.Id != _id, $"session {name} began anew under the id {_id} of the one before");
        verdict.Check(
            session.Subscriptions.Count == 0 && session.Inbound.Count == 0, $"session {name} is new, and not empty");
        _filters.Clear();
        _inbound.Clear();
        (_id, _lastNumber) = (session.Id, 0);
    }

    private void Find(ISession session)
    {
        // Another opening may have begun a session of which nobody knows.
        bool isKnown = session.Id == _id;
        verdict.Check(isKnown || !_exists || _mayBeGone, $"session {name} was {_id}, and is {session.Id}");
        if (!isKnown)
        {
            _filters.Clear();
            _inbound.Clear();
            _lastNumber = 0;
        }

        _id = session.Id;
        SortedDictionary<string, long> filters = new(StringComparer.Ordinal);
        foreach ((string filter, ReadOnlyMemory<byte> options) in session.Subscriptions)
            filters.Add(filter, BinaryPrimitives.ReadInt64LittleEndian(options.Span));
        Compare(_filters, filters, isKnown);
        Compare(_inbound, new SortedDictionary<int, long>(session.Inbound.ToDictionary()), isKnown);
        foreach ((_, long number) in session.Inbound)
            _lastNumber = Math.Max(_lastNumber, number);
    }

    private void Compare<TKey>(
        SortedDictionary<TKey, Register> known, SortedDictionary<TKey, long> found, bool isKnown)
        where TKey : notnull
    {
        foreach (TKey key in known.Keys.Union(found.Keys).ToList())
        {
            long value = found.GetValueOrDefault(key);
            Register register = RegisterOf(known, key);
            verdict.Check(!isKnown || register.MayBe(value),
                $"session {name}, epoch {Epoch}: {key} is {value}, and was told to be {register.Value}");
            register.Set(value);
        }
    }

    private static Register RegisterOf<TKey>(SortedDictionary<TKey, Register> registers, TKey key)
        where TKey : notnull
    {
        if (!registers.TryGetValue(key, out Register? register))
            registers.Add(key, register = new Register());
        return register;
    }

    /// <summary>What is known of one record; 0 = it is not there.</summary>
    private sealed class Register
    {
        /// <summary>The record may become something that only the answer tells.</summary>
        public const long Anything = -1;

        private readonly List<long> _maybe = [];

        public long Value { get; private set; }

        public bool MayChange => Value == 0 || _maybe.Count > 0;

        public void Begin(long value) => _maybe.Add(value);

        /// <summary>Known for sure; what was under way before is over, too, for one owner's changes keep their
        /// order.</summary>
        public void Set(long value)
        {
            Value = value;
            _maybe.Clear();
        }

        public bool MayBe(long value) => value == Value || _maybe.Contains(value) || _maybe.Contains(Anything);
    }
}
