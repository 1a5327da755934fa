using Cmq.MultiProtocol.Simulation.Worlds;
using Microsoft.Win32.SafeHandles;

namespace Cmq.MultiProtocol.Simulation.Disk;

/// <summary>
/// What a store does to its segments beside writing to them, one thing after the other: it prepares the file of the next
/// one, seals the one before, deletes what is released. The driven store has done all of it within the call; the real one
/// has a thread for it, which may be behind by up to two segments when the process dies. So a crash takes some of the last
/// steps back, in some worlds, and leaves one of them in part.
/// </summary>
/// <param name="segments">Folder of the segments.</param>
/// <param name="half">What is left of sealing one.</param>
/// <param name="dice">Its own row of chances.</param>
/// <param name="chance">How probably a crash finds something undone.</param>
internal sealed class LateKeeper(string segments, HalfSeal half, Dice dice, double chance) : IDisposable
{
    /// <summary>Open, so that what is deleted can still be read.</summary>
    private readonly SortedDictionary<string, SafeFileHandle> _files = new(StringComparer.Ordinal);
    private readonly List<FileStep> _steps = [];
    private SafeFileHandle? _handle;
    private string? _written;

    /// <summary>How often it was behind.</summary>
    public int WasLate { get; private set; }

    /// <summary>The store is about to write to a segment.</summary>
    public void Writes(SafeFileHandle file)
    {
        if (chance == 0 || file == _handle)
            return;
        _handle = file;
        NoteDeleted();
        List<string> paths = [.. Directory.EnumerateFiles(segments).Order(StringComparer.Ordinal)];
        (string begun, string prepared) = (paths[^2], paths[^1]);
        // The writer has waited for this file, so what was to be done before it was made is done.
        _steps.RemoveRange(0, _steps.FindLastIndex(step => step.Path == begun) + 1);
        _steps.Add(new FileStep(prepared, Before: null));
        if (_written is not null)
            _steps.Add(new FileStep(_written, File.ReadAllBytes(_written)));
        _written = begun;
        foreach (string path in paths.Where(path => !_files.ContainsKey(path)))
        {
            _files.Add(path, File.OpenHandle(
                path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        }
    }

    /// <summary>The process dies.</summary>
    public void TakeBack()
    {
        if (chance == 0 || !dice.Chance(chance))
            return;
        NoteDeleted();
        int done = dice.Next(_steps.Count + 1);
        if (done == _steps.Count)
            return;
        for (int i = _steps.Count - 1; i > done; i--)
            _steps[i].Undo();
        _steps[done].LeaveInPart(half);
        WasLate++;
    }

    /// <summary>There is another process now, which has made up for all of it.</summary>
    public void Forget()
    {
        foreach (SafeFileHandle file in _files.Values)
            file.Dispose();
        _files.Clear();
        _steps.Clear();
        (_handle, _written) = (null, null);
    }

    public void Dispose() => Forget();

    private void NoteDeleted()
    {
        foreach ((string path, SafeFileHandle file) in _files.Where(one => !File.Exists(one.Key)).ToList())
        {
            _steps.Add(new FileStep(path, FileStep.ReadAll(file)));
            file.Dispose();
            _files.Remove(path);
        }
    }
}
