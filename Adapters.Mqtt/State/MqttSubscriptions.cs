using System.Diagnostics.CodeAnalysis;
using Cmq.MultiProtocol.Adapters.Mqtt.Codec;

namespace Cmq.MultiProtocol.Adapters.Mqtt.State;

/// <summary>A session's subscriptions by filter. Most sessions have a few: those are kept in a list; with many, the
/// ones without wildcards are found by their topic.</summary>
internal sealed class MqttSubscriptions
{
    /// <summary>From here on there is a dictionary.</summary>
    private const int Few = 8;

    /// <summary>All while there are few; then those with wildcards.</summary>
    private readonly List<MqttSubscription> _listed = new(1);
    private Dictionary<string, MqttSubscription>? _all;

    /// <summary>How many that are not shared have each pattern, of QoS 0 and of others; while there are many.</summary>
    private Dictionary<string, (int Light, int Others)>? _patterns;

    public int Count => _all?.Count ?? _listed.Count;

    /// <summary>How many may match figures of the node.</summary>
    public int SysCount { get; private set; }

    public IEnumerable<MqttSubscription> All => _all is null ? _listed : _all.Values;

    public bool TryFind(string text, [NotNullWhen(true)] out MqttSubscription? found)
    {
        if (_all is not null)
            return _all.TryGetValue(text, out found);
        found = _listed.Find(item => item.Text == text);
        return found is not null;
    }

    /// <summary>Adds one, or replaces the one of that filter.</summary>
    public void Put(MqttSubscription subscription)
    {
        if (subscription.IsSys && !TryFind(subscription.Text, out _))
            SysCount++;
        if (_all is null)
        {
            int index = _listed.FindIndex(item => item.Text == subscription.Text);
            if (index >= 0)
            {
                _listed[index] = subscription;
                return;
            }
            if (_listed.Count < Few)
            {
                _listed.Add(subscription);
                return;
            }
            _all = _listed.ToDictionary(item => item.Text);
            _patterns = [];
            foreach (MqttSubscription item in _listed)
                CountPattern(item, 1);
            _listed.RemoveAll(item => !IsListed(item));
        }
        if (_all.TryGetValue(subscription.Text, out MqttSubscription? before))
        {
            CountPattern(before, -1);
            if (IsListed(before))
                _listed.Remove(before);
        }
        _all[subscription.Text] = subscription;
        CountPattern(subscription, 1);
        if (IsListed(subscription))
            _listed.Add(subscription);
    }

    public bool Remove(string text)
    {
        if (!TryFind(text, out MqttSubscription? found))
            return false;
        if (found.IsSys)
            SysCount--;
        if (_all is null || IsListed(found))
            _listed.RemoveAll(item => item.Text == text);
        if (_all is not null)
        {
            CountPattern(found, -1);
            _all.Remove(text);
        }
        return true;
    }

    /// <summary>Another subscription than this one that the core knows by the same pattern.</summary>
    /// <param name="than">One that is not shared.</param>
    /// <param name="isLight">True: of QoS 0. False: of another QoS. Null: of any.</param>
    public bool HasOther(MqttSubscription than, bool? isLight = null)
    {
        if (_all is null)
        {
            return _listed.Exists(item => item.Text != than.Text && item.Shared is null && item.Pattern == than.Pattern
                && (isLight is null || isLight == IsLight(item)));
        }
        (int light, int others) = _patterns!.GetValueOrDefault(than.Pattern);
        bool isPresent = _all.TryGetValue(than.Text, out MqttSubscription? present);
        if (isPresent && IsLight(present!))
            light--;
        else if (isPresent)
            others--;
        return (isLight != false && light > 0) || (isLight != true && others > 0);
    }

    /// <summary>Which subscriptions match a topic, shared ones left out.</summary>
    /// <param name="topic">Of a message.</param>
    /// <param name="isOwn">This client published it.</param>
    public MqttMatch Match(string topic, bool isOwn)
    {
        var match = new MqttMatch(false, 0, false, []);
        List<int>? identifiers = null;
        foreach (MqttSubscription item in _listed)
        {
            if (item.Shared is null && MqttTopics.Matches(item.Text, topic))
                match = Merge(match, item, isOwn, ref identifiers);
        }
        if (_all is not null && _all.TryGetValue(topic, out MqttSubscription? exact) && !IsListed(exact))
            match = Merge(match, exact, isOwn, ref identifiers);
        return identifiers is null ? match : match with { Identifiers = identifiers };
    }

    private static bool IsLight(MqttSubscription item) => item.QoS == MqttQoS.AtMostOnce;

    private void CountPattern(MqttSubscription item, int change)
    {
        if (item.Shared is not null || _patterns is null)
            return;
        (int light, int others) = _patterns.GetValueOrDefault(item.Pattern);
        if (IsLight(item))
            light += change;
        else
            others += change;
        if (light + others == 0)
            _patterns.Remove(item.Pattern);
        else
            _patterns[item.Pattern] = (light, others);
    }

    private static bool IsListed(MqttSubscription item) =>
        item.Shared is not null || MqttTopics.HasWildcard(item.Text);

    private static MqttMatch Merge(
        in MqttMatch match, MqttSubscription item, bool isOwn, ref List<int>? identifiers)
    {
        if (item.NoLocal && isOwn)
            return match;
        if (item.Identifier is { } identifier)
            (identifiers ??= []).Add(identifier);
        return match with
        {
            IsMatch = true,
            QoS = item.QoS > match.QoS ? item.QoS : match.QoS,
            RetainAsPublished = match.RetainAsPublished || item.RetainAsPublished,
        };
    }
}
