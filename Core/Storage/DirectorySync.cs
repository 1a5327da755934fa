using System.Runtime.InteropServices;

namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>Makes created, renamed and deleted names durable: .NET has no fsync for a directory.</summary>
internal static partial class DirectorySync
{
    /// <exception cref="LogStoreException">The directory cannot be synced.</exception>
    public static void Flush(string directory)
    {
        const int ReadOnly = 0;
        int descriptor = Open(directory, ReadOnly, 0);
        if (descriptor < 0)
            throw Failure(directory, "open");

        bool synced = FSync(descriptor) == 0;
        LogStoreException? failure = synced ? null : Failure(directory, "fsync");
        if (Close(descriptor) != 0)
            failure ??= Failure(directory, "close");
        if (failure is not null)
            throw failure;
    }

    private static LogStoreException Failure(string directory, string call) =>
        new($"Cannot make names in {directory} durable: {call} failed: {Marshal.GetLastPInvokeErrorMessage()}");

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FSync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
