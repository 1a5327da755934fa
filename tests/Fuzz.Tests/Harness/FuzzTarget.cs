namespace Cmq.MultiProtocol.Fuzz.Tests.Harness;

/// <summary>One codec as the fuzzer sees it: bytes in, something decoded or a refusal out.</summary>
/// <param name="name">Of the target, and of its folder in the corpus.</param>
internal abstract class FuzzTarget(string name)
{
    public string Name => name;

    /// <summary>Valid inputs, made by our own encoders.</summary>
    public abstract IEnumerable<byte[]> Examples { get; }

    /// <summary>Bytes that a decode may allocate for each byte of its input.</summary>
    public virtual int AllocatedPerByte => 64;

    /// <summary>Bytes that it may allocate besides: messages of refusals and stack traces among them.</summary>
    public virtual int AllocatedBesides => 64 * 1024;

    /// <summary>The exceptions that the codec documents for bytes that it does not like; all others are
    /// crashes.</summary>
    public abstract bool IsRefusal(Exception exception);

    /// <summary>Decodes the input, all of it; what it allocates is measured.</summary>
    public abstract object? Decode(byte[] input);

    /// <summary>Was the whole input to the codec's liking?</summary>
    public virtual bool IsAccepted(object? decoded) => true;

    /// <summary>Looks at what was decoded: encoded and decoded again it must be the same, and a stream's units must not
    /// depend on how it was cut.</summary>
    /// <param name="input">What was decoded.</param>
    /// <param name="decoded">The result.</param>
    /// <param name="cuts">Which cuts are tried.</param>
    /// <exception cref="FuzzFailure">They are not.</exception>
    public virtual void Check(byte[] input, object? decoded, Cuts cuts)
    {
    }

    /// <summary>Repairs a checksum after a mutation, so that what stands behind it is reached.</summary>
    public virtual byte[] Reseal(byte[] input) => input;

    public override string ToString() => name;
}
