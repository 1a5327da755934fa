namespace Cmq.MultiProtocol.Core.ConsumerGroups;

/// <summary>
/// What the leader of a data group knows of the members of its consumer groups: when each was heard, and which groups
/// have changed. Volatile; every leader begins anew, and members count as heard when it does: late, never early. One
/// thread at a time; times are log time, Unix ms.
/// </summary>
internal sealed class MemberWatch(ConsumerGroupPart part)
{
    /// <summary>A leader that stood still for this long heard no heartbeats: all members count as heard again, ms.</summary>
    private const long StandstillMs = 1_000;

    /// <summary>After this long a command that the log did not take is tried again, ms.</summary>
    private const long TryAgainMs = 100;

    private readonly List<ConsumerGroupEffect> _effects = [];
    private readonly Dictionary<(ConsumerGroupKey Group, string Member), Watched> _watched = [];
    private readonly PriorityQueue<(ConsumerGroupKey Group, string Member), long> _due = new();
    private readonly HashSet<ConsumerGroupKey> _changed = [];
    private long _aliveSinceMs;
    private long _advancedMs;

    /// <summary>When <see cref="Advance"/> is due again: at once when groups have changed; null = nothing to do.</summary>
    public long? NextDueMs => _changed.Count > 0 ? 0 : _due.TryPeek(out _, out long dueMs) ? dueMs : null;

    public void Start(long nowMs)
    {
        _aliveSinceMs = nowMs;
        _advancedMs = nowMs;
        part.Effects = _effects;
        foreach ((ConsumerGroupKey key, ConsumerGroup group) in part.Groups)
        {
            foreach ((string name, GroupMember member) in group.Members)
                Watch(key, name, member, nowMs);
        }
    }

    public void Stop()
    {
        part.Effects = null;
        _effects.Clear();
        _watched.Clear();
        _due.Clear();
        _changed.Clear();
    }

    /// <summary>Commands were applied.</summary>
    public void Applied(long nowMs)
    {
        foreach (ConsumerGroupEffect effect in _effects)
        {
            switch (effect.Kind)
            {
                case ConsumerGroupEffectKind.Joined:
                    if (part.Find(effect.Group)?.Members.GetValueOrDefault(effect.Member) is { } member)
                        Watch(effect.Group, effect.Member, member, nowMs);
                    break;
                case ConsumerGroupEffectKind.Left:
                    _watched.Remove((effect.Group, effect.Member));
                    break;
                case ConsumerGroupEffectKind.Changed:
                    _changed.Add(effect.Group);
                    break;
            }
        }

        _effects.Clear();
    }

    /// <summary>A heartbeat.</summary>
    /// <returns>The group's generation; null when this is no member, or one of another connection, or about to be
    /// dropped: it has to join anew.</returns>
    public long? Hear(ConsumerGroupKey key, string name, ConnectionKey owner, long nowMs)
    {
        if (part.Find(key) is not { } group
            || group.Members.GetValueOrDefault(name)?.Owner != owner
            || !_watched.TryGetValue((key, name), out Watched? watched)
            || watched.DueMs == long.MaxValue)
        {
            return null;
        }

        watched.HeardMs = nowMs;
        return group.Generation;
    }

    /// <summary>Groups that have changed since this was asked last and still exist.</summary>
    public List<KeyValuePair<ConsumerGroupKey, ConsumerGroup>> TakeChanged()
    {
        List<KeyValuePair<ConsumerGroupKey, ConsumerGroup>> changed = [];
        foreach (ConsumerGroupKey key in _changed)
        {
            if (part.Find(key) is { } group)
                changed.Add(new(key, group));
        }

        _changed.Clear();
        return changed;
    }

    /// <summary>Looks for members that were silent for too long.</summary>
    /// <param name="nowMs">Log time.</param>
    /// <param name="drop">Proposes that a member is dropped, or says that it cannot now.</param>
    public void Advance(long nowMs, Func<ConsumerGroupKey, string, GroupMember, bool> drop)
    {
        if (nowMs - _advancedMs > StandstillMs)
            _aliveSinceMs = nowMs;
        _advancedMs = nowMs;
        while (_due.TryPeek(out (ConsumerGroupKey Group, string Member) who, out long dueMs) && dueMs <= nowMs)
        {
            _due.Dequeue();
            if (!_watched.TryGetValue(who, out Watched? watched) || watched.DueMs != dueMs)
                continue;
            GroupMember member = part.Find(who.Group)!.Members[who.Member];
            long endMs = Math.Max(watched.HeardMs, _aliveSinceMs) + member.SessionTimeoutMs;
            if (endMs <= nowMs)
                endMs = drop(who.Group, who.Member, member) ? long.MaxValue : nowMs + TryAgainMs;
            watched.DueMs = endMs;
            if (endMs != long.MaxValue)
                _due.Enqueue(who, endMs);
        }
    }

    private void Watch(ConsumerGroupKey key, string name, GroupMember member, long nowMs)
    {
        var watched = new Watched { HeardMs = nowMs, DueMs = nowMs + member.SessionTimeoutMs };
        _watched[(key, name)] = watched;
        _due.Enqueue((key, name), watched.DueMs);
    }

    private sealed class Watched
    {
        public long HeardMs { get; set; }

        /// <summary>When it is looked at next; an entry of the line with another time is void.
        /// <see cref="long.MaxValue"/>: its drop is proposed.</summary>
        public long DueMs { get; set; }
    }
}
