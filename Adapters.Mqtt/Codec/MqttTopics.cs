using System.Text;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Mqtt.Codec;

/// <summary>MQTT topics and filters as the core's keys and patterns (<see cref="LevelKey"/>): every level stays what
/// it is, so that <c>a.b/c</c> and <c>a/b/c</c> stay different.</summary>
public static class MqttTopics
{
    /// <summary>Longest key of the core, in bytes of UTF-8; so long may a topic or a filter be.</summary>
    public const int MaxBytes = 255;

    private const char Separator = '/';

    /// <summary>The routing key of a topic.</summary>
    public static string ToKey(string topic) => Replaced(
        topic, '.', LevelKey.DotInLevel, Separator, LevelKey.Separator);

    /// <summary>The topic that a routing key stands for.</summary>
    public static string FromKey(string key) => Replaced(
        key, LevelKey.Separator, Separator, LevelKey.DotInLevel, '.');

    /// <summary>The core's pattern of a filter. A level that is literally <c>*</c> is a wildcard to the core: it may
    /// match too much, never too little, and <see cref="Matches"/> has the last word.</summary>
    public static string ToPattern(string filter)
    {
        string[] levels = filter.Split(Separator);
        for (int i = 0; i < levels.Length; i++)
            levels[i] = levels[i] == "+" ? "*" : levels[i].Replace('.', LevelKey.DotInLevel);
        return string.Join(LevelKey.Separator, levels);
    }

    /// <summary>May it be published to (§4.7.1, §4.7.3)? Our own rule on top: it fits into a key.</summary>
    public static bool IsTopicName(ReadOnlySpan<char> topic) =>
        !topic.IsEmpty && topic.IndexOfAny('+', '#') < 0 && Fits(topic);

    /// <summary>Is it a filter (§4.7.1)? At least one character; # last and alone in its level; + alone in its level.
    /// </summary>
    public static bool IsFilter(ReadOnlySpan<char> filter)
    {
        if (filter.IsEmpty || !Fits(filter))
            return false;
        foreach (Range range in filter.Split(Separator))
        {
            ReadOnlySpan<char> level = filter[range];
            if (level.Length > 1 && level.IndexOfAny('+', '#') >= 0)
                return false;
            if (level is "#" && range.End.GetOffset(filter.Length) != filter.Length)
                return false;
        }
        return true;
    }

    /// <summary>Has it a wildcard?</summary>
    public static bool HasWildcard(ReadOnlySpan<char> filter) => filter.IndexOfAny('+', '#') >= 0;

    /// <summary>Does a filter match a topic (§4.7)? One that starts with a wildcard matches no topic that starts with
    /// <c>$</c> (§4.7.2).</summary>
    public static bool Matches(ReadOnlySpan<char> filter, ReadOnlySpan<char> topic)
    {
        if (filter is ['+' or '#', ..] && topic is ['$', ..])
            return false;
        while (true)
        {
            int filterCut = filter.IndexOf(Separator);
            ReadOnlySpan<char> wanted = filterCut < 0 ? filter : filter[..filterCut];
            if (wanted is "#")
                return true;
            int topicCut = topic.IndexOf(Separator);
            ReadOnlySpan<char> level = topicCut < 0 ? topic : topic[..topicCut];
            if (wanted is not "+" && !wanted.SequenceEqual(level))
                return false;
            if (filterCut < 0 || topicCut < 0)
            {
                // "a/#" also matches "a".
                return filterCut < 0 ? topicCut < 0 : filter[filterCut..] is "/#";
            }
            filter = filter[(filterCut + 1)..];
            topic = topic[(topicCut + 1)..];
        }
    }

    private static bool Fits(ReadOnlySpan<char> text) =>
        !text.Contains(LevelKey.DotInLevel) && text.Count(Separator) < LevelKey.MaxLevels
        && Encoding.UTF8.GetByteCount(text) <= MaxBytes;

    private static string Replaced(string text, char one, char itsPlace, char other, char othersPlace)
    {
        if (text.AsSpan().IndexOfAny(one, other) < 0)
            return text;
        return string.Create(text.Length, (text, one, itsPlace, other, othersPlace), static (target, rule) =>
        {
            for (int i = 0; i < target.Length; i++)
            {
                char c = rule.text[i];
                target[i] = c == rule.one ? rule.itsPlace : c == rule.other ? rule.othersPlace : c;
            }
        });
    }
}
