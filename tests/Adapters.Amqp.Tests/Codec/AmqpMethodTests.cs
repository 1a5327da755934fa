using System.Reflection;
using Cmq.MultiProtocol.Adapters.Amqp.Codec;

namespace Cmq.MultiProtocol.Adapters.Amqp.Tests.Codec;

/// <summary>Every method of every class, found by reflection: written, read, cut.</summary>
public sealed class AmqpMethodTests
{
    public static TheoryData<Type> Methods => [.. typeof(AmqpReader).Assembly.GetTypes().Where(IsMethod)];

    [Fact]
    public void Every_id_has_its_method()
    {
        AmqpMethodId[] ids = [.. typeof(AmqpReader).Assembly.GetTypes().Where(IsMethod)
            .Select(type => (AmqpMethodId)type.GetProperty("Id")!.GetValue(null)!).Order()];

        Assert.Equal(Enum.GetValues<AmqpMethodId>().Order(), ids);
    }

    [Theory, MemberData(nameof(Methods))]
    public void A_method_reads_as_it_was_written_and_a_cut_one_is_refused(Type method) =>
        typeof(AmqpMethodTests).GetMethod(nameof(RoundTrip), BindingFlags.Static | BindingFlags.NonPublic)!
            .MakeGenericMethod(method).Invoke(null, null);

    private static void RoundTrip<T>()
        where T : struct, IAmqpMethod<T>
    {
        T original = Filled<T>();
        var fields = new AmqpFieldWriter();
        original.Write(fields);
        byte[] written = fields.Written.ToArray();

        var again = new AmqpFieldWriter();
        Read(written).Write(again);
        Assert.Equal(written, again.Written.ToArray());
        Assert.Equal(Shown(original), Shown(Read(written)));

        for (int cut = 0; cut < written.Length; cut++)
        {
            byte[] part = written[..cut];
            Assert.Throws<AmqpProtocolException>(() => Read(part));
        }

        T Read(byte[] bytes)
        {
            var reader = new AmqpFieldReader(bytes);
            T method = T.Read(ref reader);
            reader.End();
            return method;
        }
    }

    /// <summary>Records with tables and bytes compare by reference there, so their content is
    /// shown.</summary>
    private static string Shown<T>(T method) => string.Join(",", typeof(T).GetProperties(
        BindingFlags.Public | BindingFlags.Instance).Select(property => property.GetValue(method) switch
        {
            AmqpTable table => Convert.ToHexString(table.Encoded.Span),
            ReadOnlyMemory<byte> bytes => Convert.ToHexString(bytes.Span),
            object other => other.ToString(),
            null => "",
        }));

    private static T Filled<T>()
    {
        ConstructorInfo? constructor = typeof(T).GetConstructors().FirstOrDefault(c => c.GetParameters().Length > 0);
        if (constructor is null)
            return default!;
        int seed = 3;
        return (T)constructor.Invoke([.. constructor.GetParameters().Select(parameter => Value(parameter, seed++))]);
    }

    private static object Value(ParameterInfo parameter, int seed) => parameter.ParameterType.Name switch
    {
        "String" => $"{parameter.Name}-\u00e4",
        "Boolean" => seed % 2 == 1,
        "Byte" => (byte)seed,
        "UInt16" => (ushort)(seed * 257),
        "UInt32" => (uint)seed * 16_843_009,
        "UInt64" => (ulong)seed * 72_340_172_838_076_673,
        "AmqpCode" => AmqpCode.NotFound,
        "AmqpTable" => AmqpTable.Build(table => table.Int("k", seed)),
        _ => (ReadOnlyMemory<byte>)new byte[] { 1, 2, (byte)seed },
    };

    private static bool IsMethod(Type type) => type.IsValueType && type.GetInterfaces().Any(
        i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IAmqpMethod<>));
}
