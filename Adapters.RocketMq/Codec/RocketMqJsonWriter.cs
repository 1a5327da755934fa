using System.Globalization;
using System.Text;

namespace Cmq.MultiProtocol.Adapters.RocketMq.Codec;

/// <summary>Writes bodies as 4.1.0 clients read them: strict JSON, but that maps keyed by message queue have
/// an object as key, because fastjson takes no quoted one there (specification section 5).</summary>
public sealed class RocketMqJsonWriter
{
    private readonly StringBuilder _text = new();
    private bool _comma;

    public byte[] ToUtf8() => Encoding.UTF8.GetBytes(_text.ToString());

    public override string ToString() => _text.ToString();

    public RocketMqJsonWriter StartObject() => Open('{');

    public RocketMqJsonWriter EndObject() => Close('}');

    public RocketMqJsonWriter StartArray() => Open('[');

    public RocketMqJsonWriter EndArray() => Close(']');

    public RocketMqJsonWriter Name(string name)
    {
        Quote(name);
        return Colon();
    }

    /// <summary>Makes the object just written a key.</summary>
    public RocketMqJsonWriter Colon()
    {
        _text.Append(':');
        _comma = false;
        return this;
    }

    public RocketMqJsonWriter Text(string value)
    {
        Quote(value);
        return this;
    }

    public RocketMqJsonWriter Number(long value) => Plain(value.ToString(CultureInfo.InvariantCulture));

    /// <summary>With a decimal point, as Java writes a double.</summary>
    public RocketMqJsonWriter Real(double value)
    {
        string text = value.ToString("R", CultureInfo.InvariantCulture);
        return Plain(text.AsSpan().ContainsAny('.', 'E') ? text : text + ".0");
    }

    public RocketMqJsonWriter Bool(bool value) => Plain(value ? "true" : "false");

    public RocketMqJsonWriter Member(string name, string? value) =>
        value is null ? this : Name(name).Text(value);

    public RocketMqJsonWriter Member(string name, long value) => Name(name).Number(value);

    public RocketMqJsonWriter Member(string name, bool value) => Name(name).Bool(value);

    public RocketMqJsonWriter Member(string name, double value) => Name(name).Real(value);

    public RocketMqJsonWriter Member(string name, IEnumerable<string> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        Name(name).StartArray();
        foreach (string value in values)
            Text(value);
        return EndArray();
    }

    private RocketMqJsonWriter Open(char bracket)
    {
        Separate();
        _text.Append(bracket);
        _comma = false;
        return this;
    }

    private RocketMqJsonWriter Close(char bracket)
    {
        _text.Append(bracket);
        _comma = true;
        return this;
    }

    private RocketMqJsonWriter Plain(string value)
    {
        Separate();
        _text.Append(value);
        _comma = true;
        return this;
    }

    private void Quote(string value)
    {
        Separate();
        _text.Append('"');
        foreach (char c in value)
        {
            if (c is '"' or '\\')
                _text.Append('\\').Append(c);
            else if (char.IsControl(c))
                _text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else
                _text.Append(c);
        }
        _text.Append('"');
        _comma = true;
    }

    private void Separate()
    {
        if (_comma)
            _text.Append(',');
    }
}
