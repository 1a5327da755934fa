namespace Cmq.MultiProtocol.Fuzz.Tests.Harness;

/// <summary>A codec of whole inputs.</summary>
/// <param name="name">Of the target.</param>
/// <param name="read">Decodes all of it.</param>
/// <param name="isRefusal">The exceptions that it documents.</param>
/// <param name="examples">Valid inputs.</param>
internal sealed class CodecTarget<T>(
    string name, Func<byte[], T> read, Func<Exception, bool> isRefusal, params IEnumerable<byte[]> examples)
    : FuzzTarget(name)
{
    /// <summary>The other way; null: there is none, or, as its result, none for this one.</summary>
    public Func<T, byte[]?>? Write { get; init; }

    /// <summary>As of <see cref="FuzzTarget.AllocatedPerByte"/>.</summary>
    public int PerByte { get; init; } = 64;

    /// <summary>As of <see cref="FuzzTarget.AllocatedBesides"/>.</summary>
    public int Besides { get; init; } = 64 * 1024;

    /// <summary>As of <see cref="FuzzTarget.Reseal"/>.</summary>
    public Func<byte[], byte[]>? Sealed { get; init; }

    public override int AllocatedPerByte => PerByte;

    public override int AllocatedBesides => Besides;

    public override IEnumerable<byte[]> Examples => examples;

    public override bool IsRefusal(Exception exception) => isRefusal(exception);

    public override object? Decode(byte[] input) => read(input);

    public override byte[] Reseal(byte[] input) => Sealed is null ? input : Sealed(input);

    public override void Check(byte[] input, object? decoded, Cuts cuts)
    {
        string shape = Shape.Of(decoded);
        if (Write?.Invoke((T)decoded!) is not { } encoded)
            return;
        T again = read(encoded);
        if (Shape.Of(again) is var got && got != shape)
            throw new FuzzFailure($"encoded and decoded again: {got}\nfirst: {shape}");
    }
}
