using System.Globalization;
using System.Text;

namespace Cmq.MultiProtocol.Adapters.RocketMq.Codec;

/// <summary>A parsed JSON value of a body. The reader takes what fastjson writes, which is not always JSON:
/// keys may be bare numbers, bare words or whole objects (specification section 5).</summary>
public sealed class RocketMqJson
{
    /// <summary>Nesting accepted; bodies of clients need five.</summary>
    public const int MaxDepth = 32;

    private RocketMqJson(string? text, List<RocketMqJson>? items, List<KeyValuePair<RocketMqJson, RocketMqJson>>? members)
    {
        Text = text;
        Items = items ?? [];
        Members = members ?? [];
    }

    /// <summary>A string, or a number, boolean or bare word as it stands; null for null, arrays and
    /// objects.</summary>
    public string? Text { get; }

    /// <summary>Of an array; else empty.</summary>
    public IReadOnlyList<RocketMqJson> Items { get; }

    /// <summary>Of an object, in order; else empty.</summary>
    public IReadOnlyList<KeyValuePair<RocketMqJson, RocketMqJson>> Members { get; }

    /// <summary>The first member of that name; null when there is none.</summary>
    public RocketMqJson? this[string name]
    {
        get
        {
            foreach ((RocketMqJson key, RocketMqJson value) in Members)
            {
                if (key.Text == name)
                    return value;
            }
            return null;
        }
    }

    /// <exception cref="RocketMqProtocolException">Not even fastjson would take it, or it is nested too
    /// deeply.</exception>
    public static RocketMqJson Parse(ReadOnlySpan<byte> utf8)
    {
        var parser = new Parser(Encoding.UTF8.GetString(utf8));
        return parser.Whole();
    }

    public string TextOf(string name) =>
        this[name]?.Text ?? throw RocketMqProtocolException.Request($"the body has no {name}");

    public long LongOf(string name, long otherwise = 0) =>
        long.TryParse(this[name]?.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value)
            ? value : otherwise;

    public int IntOf(string name, int otherwise = 0) =>
        int.TryParse(this[name]?.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value)
            ? value : otherwise;

    public bool BoolOf(string name, bool otherwise = false) => this[name]?.Text switch
    {
        null => otherwise,
        "true" => true,
        _ => false,
    };

    public IReadOnlyList<RocketMqJson> ItemsOf(string name) => this[name]?.Items ?? [];

    private ref struct Parser(string text)
    {
        private int _at;

        public RocketMqJson Whole()
        {
            RocketMqJson value = Value(0);
            Space();
            return _at == text.Length ? value : throw Broken();
        }

        private RocketMqJson Value(int depth)
        {
            if (depth > MaxDepth)
                throw Broken();
            switch (Next())
            {
                case '{':
                    return Object(depth);
                case '[':
                    return Array(depth);
                case '"' or '\'':
                    return new(String(), null, null);
                default:
                    string word = Word();
                    return new(word == "null" ? null : word, null, null);
            }
        }

        private RocketMqJson Object(int depth)
        {
            var members = new List<KeyValuePair<RocketMqJson, RocketMqJson>>();
            _at++;
            while (Next() != '}')
            {
                if (members.Count > 0)
                    Expect(',');
                RocketMqJson key = Value(depth + 1);
                Expect(':');
                members.Add(new(key, Value(depth + 1)));
            }
            _at++;
            return new(null, null, members);
        }

        private RocketMqJson Array(int depth)
        {
            var items = new List<RocketMqJson>();
            _at++;
            while (Next() != ']')
            {
                if (items.Count > 0)
                    Expect(',');
                items.Add(Value(depth + 1));
            }
            _at++;
            return new(null, items, null);
        }

        private string String()
        {
            char quote = text[_at++];
            var value = new StringBuilder();
            while (true)
            {
                char c = Take();
                if (c == quote)
                    return value.ToString();
                value.Append(c == '\\' ? Escaped() : c);
            }
        }

        private char Escaped() => Take() switch
        {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'b' => '\b',
            'f' => '\f',
            'v' => '\v',
            '0' => '\0',
            'x' => Hex(2),
            'u' => Hex(4),
            char itself => itself,
        };

        private char Hex(int digits)
        {
            if (text.Length - _at < digits
                || !ushort.TryParse(text.AsSpan(_at, digits), NumberStyles.AllowHexSpecifier,
                    CultureInfo.InvariantCulture, out ushort code))
            {
                throw Broken();
            }
            _at += digits;
            return (char)code;
        }

        /// <summary>A number, true, false, null or a bare key.</summary>
        private string Word()
        {
            int start = _at;
            while (_at < text.Length && (char.IsAsciiLetterOrDigit(text[_at]) || text[_at] is '-' or '+' or '.' or '_' or '$'))
                _at++;
            return _at > start ? text[start.._at] : throw Broken();
        }

        private void Expect(char wanted)
        {
            if (Next() != wanted)
                throw Broken();
            _at++;
        }

        /// <summary>The next character that counts, not taken.</summary>
        private char Next()
        {
            Space();
            return _at < text.Length ? text[_at] : throw Broken();
        }

        private char Take() => _at < text.Length ? text[_at++] : throw Broken();

        private void Space()
        {
            while (_at < text.Length && char.IsWhiteSpace(text[_at]))
                _at++;
        }

        private readonly RocketMqProtocolException Broken() =>
            RocketMqProtocolException.Request($"the body cannot be read at character {_at}");
    }
}
