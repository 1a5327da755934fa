using System.Buffers;
using System.Collections;
using System.Collections.Concurrent;
using System.Globalization;
using System.Reflection;
using System.Text;

namespace Cmq.MultiProtocol.Fuzz.Tests.Harness;

/// <summary>What an object says, as text: its public properties to their depth, bytes as digits. Records compare lists
/// and memory by place, so they cannot be compared themselves.</summary>
internal static class Shape
{
    private const int MaxDepth = 200;

    private static readonly ConcurrentDictionary<Type, PropertyInfo[]> Properties = [];

    public static string Of(object? value)
    {
        var text = new StringBuilder();
        Append(text, value, 0);
        return text.ToString();
    }

    private static void Append(StringBuilder text, object? value, int depth)
    {
        if (depth > MaxDepth)
            throw new FuzzFailure("a decoded value is nested without end");
        switch (value)
        {
            case null:
                text.Append("null");
                break;
            case string line:
                text.Append('"').Append(line).Append('"');
                break;
            case byte[] bytes:
                text.Append(Convert.ToHexString(bytes));
                break;
            case ReadOnlyMemory<byte> memory:
                text.Append(Convert.ToHexString(memory.Span));
                break;
            case ReadOnlySequence<byte> sequence:
                text.Append(Convert.ToHexString(sequence.ToArray()));
                break;
            case double real:
                text.Append(BitConverter.DoubleToInt64Bits(real));
                break;
            case Enum or IFormattable:
                text.Append(Convert.ToString(value, CultureInfo.InvariantCulture));
                break;
            case bool truth:
                text.Append(truth);
                break;
            case IEnumerable list:
                text.Append('[');
                foreach (object? item in list)
                {
                    Append(text, item, depth + 1);
                    text.Append(' ');
                }
                text.Append(']');
                break;
            default:
                AppendProperties(text, value, depth);
                break;
        }
    }

    private static void AppendProperties(StringBuilder text, object value, int depth)
    {
        text.Append(value.GetType().Name).Append('{');
        foreach (PropertyInfo property in Properties.GetOrAdd(value.GetType(), Readable))
        {
            text.Append(property.Name).Append('=');
            Append(text, ValueOf(property, value), depth + 1);
            text.Append(' ');
        }
        if (value is System.Runtime.CompilerServices.ITuple tuple)
        {
            for (int i = 0; i < tuple.Length; i++)
            {
                Append(text, tuple[i], depth + 1);
                text.Append(' ');
            }
        }
        text.Append('}');
    }

    /// <summary>What is worked out from other properties may not be there for all of their values.</summary>
    private static object? ValueOf(PropertyInfo property, object value)
    {
        try
        {
            return property.GetValue(value);
        }
        catch (TargetInvocationException none)
        {
            return none.InnerException!.GetType().Name;
        }
    }

    private static PropertyInfo[] Readable(Type type) =>
    [
        .. type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.CanRead && property.GetIndexParameters().Length == 0
                && !property.PropertyType.IsByRefLike && !property.PropertyType.IsByRef),
    ];
}
