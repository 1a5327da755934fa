using System.Text;

namespace Cmq.MultiProtocol.Adapters.RocketMq.Codec;

/// <summary>A message's property string: name 0x01 value 0x02, repeated; the last 0x02 may be missing
/// (specification section 10). Order and unknown names are kept.</summary>
public sealed class RocketMqProperties
{
    public const string Keys = "KEYS";
    public const string Tags = "TAGS";
    public const string WaitStore = "WAIT";
    public const string Delay = "DELAY";
    public const string UniqueKey = "UNIQ_KEY";
    public const string RetryTopic = "RETRY_TOPIC";
    public const string OriginMessageId = "ORIGIN_MESSAGE_ID";
    public const string ReconsumeTime = "RECONSUME_TIME";
    public const string MaxReconsumeTimes = "MAX_RECONSUME_TIMES";
    public const string RealTopic = "REAL_TOPIC";
    public const string RealQueueId = "REAL_QID";
    public const string TransactionPrepared = "TRAN_MSG";
    public const string ProducerGroup = "PGROUP";
    public const string TransactionId = "__transactionId__";
    public const string TransactionCheckTimes = "TRANSACTION_CHECK_TIMES";
    public const string CheckImmunityTime = "CHECK_IMMUNITY_TIME_IN_SECONDS";
    public const string CorrelationId = "CORRELATION_ID";
    public const string ReplyTo = "REPLY_TO_CLIENT";
    public const string StartDeliverTime = "__STARTDELIVERTIME";

    /// <summary>A property string whose length does not fit the record's field.</summary>
    public const int MaxBytes = short.MaxValue;

    private const char NameEnd = '\u0001';
    private const char ValueEnd = '\u0002';

    private readonly List<KeyValuePair<string, string>> _all = [];

    /// <summary>Where in the list a name is: a full string has some 10,000 of them.</summary>
    private readonly Dictionary<string, int> _places = [];

    public IReadOnlyList<KeyValuePair<string, string>> All => _all;

    /// <summary>The value of a name; null removes it.</summary>
    public string? this[string name]
    {
        get => _places.TryGetValue(name, out int at) ? _all[at].Value : null;
        set
        {
            if (value is null)
                Remove(name);
            else if (_places.TryAdd(name, _all.Count))
                _all.Add(new(name, value));
            else
                _all[_places[name]] = new(name, value);
        }
    }

    /// <summary>Pieces without 0x01 are skipped, as Java does.</summary>
    public static RocketMqProperties Parse(ReadOnlySpan<char> text)
    {
        var properties = new RocketMqProperties();
        while (!text.IsEmpty)
        {
            int end = text.IndexOf(ValueEnd);
            ReadOnlySpan<char> piece = end < 0 ? text : text[..end];
            int cut = piece.IndexOf(NameEnd);
            if (cut >= 0)
                properties[piece[..cut].ToString()] = piece[(cut + 1)..].ToString();
            text = end < 0 ? default : text[(end + 1)..];
        }
        return properties;
    }

    public static RocketMqProperties Parse(ReadOnlySpan<byte> utf8) => Parse(Encoding.UTF8.GetString(utf8));

    /// <summary>One value straight from the bytes, of one that is there twice the last as in <see cref="Parse(ReadOnlySpan{char})"/>;
    /// null when it is not set.</summary>
    public static string? Find(ReadOnlySpan<byte> utf8, ReadOnlySpan<byte> name)
    {
        bool isThere = false;
        ReadOnlySpan<byte> value = default;
        while (!utf8.IsEmpty)
        {
            int end = utf8.IndexOf((byte)ValueEnd);
            ReadOnlySpan<byte> piece = end < 0 ? utf8 : utf8[..end];
            int cut = piece.IndexOf((byte)NameEnd);
            if (cut >= 0 && piece[..cut].SequenceEqual(name))
            {
                isThere = true;
                value = piece[(cut + 1)..];
            }
            utf8 = end < 0 ? default : utf8[(end + 1)..];
        }
        return isThere ? RocketMqStrings.Get(value) : null;
    }

    /// <summary>With a 0x02 behind every value, as 4.1.0 writes it.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach ((string name, string value) in _all)
            text.Append(name).Append(NameEnd).Append(value).Append(ValueEnd);
        return text.ToString();
    }

    private void Remove(string name)
    {
        if (!_places.Remove(name, out int at))
            return;
        _all.RemoveAt(at);
        for (; at < _all.Count; at++)
            _places[_all[at].Key] = at;
    }
}
